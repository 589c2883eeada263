// What must never be removed, run into, or taken for something else.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyKeep } from "../../../scripts/lib/course/data.mjs";
import { cliEnvironment, findLogin } from "../../../scripts/lib/pulumi/backend.mjs";
import { partFilter } from "../../../scripts/lib/docker/parts.mjs";
import { mayLeaveSwarm } from "../../../scripts/lib/docker/stackObjects.mjs";

test.each(["/", "/var", "/var/lib", "/var/lib/", "/var/lib/semesterhub", "/home/ada", "/mnt/disk"])(
  "%s is never removed",
  (path) => {
    expect(whyKeep(path, "/root")).toBeDefined();
  },
);

test.each(["relative/path", "/home/ada/../..", "/root/x/..", "/data"])(
  "%s is never removed either",
  (path) => {
    expect(whyKeep(path, "/root")).toBeDefined();
  },
);

test.each(["/var/lib/semesterhub/dev", "/srv/course", "/mnt/disk/course"])(
  "%s may be removed",
  (path) => {
    expect(whyKeep(path, "/root")).toBeUndefined();
  },
);

describe("whose state it is", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "login-"));
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  test("nobody is logged in: the working copy's own", () => {
    expect(findLogin({}, home)).toEqual({ own: true });
    expect(findLogin({ PULUMI_BACKEND_URL: "" }, home)).toEqual({ own: true });
  });

  test("a backend or a token in the environment", () => {
    expect(findLogin({ PULUMI_BACKEND_URL: "s3://b" }, home)).toEqual({
      own: false,
      url: "s3://b",
    });
    expect(findLogin({ PULUMI_ACCESS_TOKEN: "t" }, home)).toMatchObject({ own: false });
  });

  test("a login of the CLI, and a file that is none", () => {
    const file = join(home, "credentials.json");
    writeFileSync(file, JSON.stringify({ current: "https://api.pulumi.com" }));
    expect(findLogin({ PULUMI_HOME: home }, "/nowhere")).toEqual({
      own: false,
      url: "https://api.pulumi.com",
      credentials: home,
    });
    writeFileSync(file, "{");
    expect(findLogin({ PULUMI_HOME: home }, "/nowhere")).toEqual({ own: true });
  });

  test("with state of our own a passphrase of another state is not used", () => {
    const env = cliEnvironment({ PULUMI_HOME: "/h" }, { own: true });
    // What is undefined here is left out of the CLI's environment.
    expect(env).toMatchObject({ PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_STACK: undefined });
    expect(env).toMatchObject({ PULUMI_HOME: "/h" });
    expect(env["PULUMI_CONFIG_PASSPHRASE_FILE"]).toMatch(/\.semesterhub\/passphrase$/);
    const theirs = cliEnvironment({}, { own: false, url: "s3://b", credentials: "/c" });
    expect(theirs).toMatchObject({ PULUMI_BACKEND_URL: "s3://b", PULUMI_CREDENTIALS_PATH: "/c" });
    expect("PULUMI_CONFIG_PASSPHRASE" in theirs).toBe(false);
  });
});

test("parts are found by service, by name, and by student", () => {
  expect(partFilter("dev", ["hub"]).filters).toEqual({
    label: ["com.docker.swarm.service.name=semesterhub-dev-hub"],
  });
  expect(partFilter("dev", ["proxy"]).filters).toEqual({ name: ["^/?semesterhub-dev-proxy$"] });
  expect(partFilter("dev", ["student", "ada"]).filters).toEqual({
    label: ["semesterhub.stack=dev", "semesterhub.student=ada"],
  });
  expect(partFilter("dev", ["student", "ada", "work"]).filters["label"]).toContain(
    "semesterhub.server=work",
  );
  expect(() => partFilter("dev", ["firewall", "anna", "x"])).toThrow(/"x" is one word too many/);
  expect(() => partFilter("dev", ["bakup"])).toThrow(/no part "bakup"/);
  expect(() => partFilter("dev", ["student"])).toThrow(/Whose server/);
  expect(() => partFilter("dev", ["hub", "x"])).toThrow(/too many/);
});

test("only a Swarm of our own that nobody else uses is left", () => {
  const facts = { made: true, services: [], stacks: ["dev"] };
  expect(mayLeaveSwarm(facts, "dev")).toBe(true);
  expect(mayLeaveSwarm({ ...facts, made: false }, "dev")).toBe(false);
  expect(mayLeaveSwarm({ ...facts, services: ["web"] }, "dev")).toBe(false);
  expect(mayLeaveSwarm({ ...facts, stacks: ["dev", "prod"] }, "dev")).toBe(false);
});
