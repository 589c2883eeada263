import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { look } from "../../../scripts/lib/drift/look.mjs";
import { differenceOf } from "../../../scripts/lib/drift/refresh.mjs";
import { report } from "../../../scripts/lib/drift/report.mjs";
import { escapePath, questionsOf, wantedOf } from "../../../scripts/lib/drift/wanted.mjs";
import { declareStack } from "../../../scripts/plan/declare";
import { trackedFiles } from "../../../scripts/plan/facts";
import { runIndex } from "../lib/harness";

const shell = (file: string) => readFileSync(`components/shell/${file}`, "utf8");

describe("what the state of the example on machines asks its machines", () => {
  let asked: Set<string>;
  beforeAll(async () => {
    const tracked = trackedFiles(process.cwd());
    const { resources } = await declareStack(process.cwd(), "hosts", tracked, () => runIndex());
    const wanted = wantedOf(resources.map(({ urn, type, inputs }) => ({ urn, type, inputs })));
    asked = new Set(wanted.map(({ machine, word, about }) => `${machine}: ${word} ${about}`));
    for (const { right } of wanted) expect(right.join("")).not.toBe("");
  });

  test.each([
    "proxy: content /etc/semesterhub/hosts/proxy/site.conf",
    "proxy: mode /etc/semesterhub/hosts/proxy/tls/server.key",
    "proxy: unit semesterhub-forward-hosts-anna.socket",
    "hub: mode /var/lib/semesterhub/hosts/homes",
    "hub: mode /var/lib/semesterhub/hosts/exchange",
    "hub: content /etc/exports.d/semesterhub-hosts-anna.exports",
    "hub: export /var/lib/semesterhub/hosts/homes 10.20.0.21",
    "hub: content /etc/semesterhub/semesters.d/0/anna.nft",
    "anna: content /etc/semesterhub/firewall.nft",
    "anna: content /etc/semesterhub/semesters.d/0/rules",
    "anna: firewall /etc/semesterhub/firewall.nft",
    "anna: unit semesterhub-firewall.service",
    "anna: content /etc/ssh/sshd_config.d/10-semesterhub.conf",
    "anna: content /etc/apt/apt.conf.d/52semesterhub",
    "anna: content /etc/docker/daemon.json",
    "anna: content /etc/semesterhub/engine/ca.pem",
    "anna: unit semesterhub-engine.service",
    "anna: unit docker.service",
    "anna: unit var-lib-semesterhub-hosts-homes.automount",
    "anna: mount /var/lib/semesterhub/hosts/homes",
  ])("%s", (question) => {
    expect([...asked]).toContain(question);
  });
});

describe("files and folders that scripts made, looked at", () => {
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const me = `${uid}:${gid}`;
  let folder: string;
  let wanted: Parameters<typeof look>[0];

  /** Runs a script of the program's here, and answers what it is to have made. */
  function made(file: string, environment: Readonly<Record<string, string>>, stdin = "") {
    const { status, stderr } = spawnSync("sh", ["-c", shell(file)], {
      env: { PATH: process.env["PATH"], ...environment },
      input: stdin,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const ran = { machine: "this computer", name: file, script: shell(file), environment: { ...environment }, stdin }; // prettier-ignore
    return questionsOf(ran).map((question) => ({
      ...question,
      machine: "this computer",
      from: file,
    }));
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "semesterhub-drift-"));
    const path = (name: string) => join(folder, name);
    wanted = [
      ...made(
        "files/file.sh",
        { FILE: path("site.conf"), MODE: "0644", OWNER: me },
        "listen 8443;\n",
      ),
      ...made("files/file.sh", { FILE: path("tls/server.key"), MODE: "0400", OWNER: me }, "KEY\n"),
      ...made("files/folder.sh", { FOLDER: path("registry"), MODE: "0700", OWNER: me }),
    ];
    if (uid === 0) {
      const tree = {
        STORAGE: path("tree"),
        COURSE: "course",
        COURSE_GROUP: "19999",
        GRADERS_GROUP: "19998",
        GRADING_USER: "10986",
        SANDBOX_USER: "10987",
        HUB_USER: "10990",
        DATABASE_USER: "10985",
        ALERTS_USER: "10997",
        STATISTICS_USER: "10988",
      };
      wanted = [...wanted, ...made("storage/tree.sh", tree)];
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const differences = () => look(wanted, () => undefined);

  test("none is invented", async () => {
    expect(wanted.length).toBeGreaterThanOrEqual(5);
    expect(await differences()).toEqual([]);
  });

  const inTree: [string, (path: (name: string) => string) => void, string][] = [
    ["homes that everybody may read", (path) => { chmodSync(path("tree/homes"), 0o755); }, "mode of tree/homes"],
    ["an inbox that everybody may look into", (path) => { chmodSync(path("tree/exchange/course/inbound"), 0o777); }, "mode of tree/exchange/course/inbound"],
    ["a table of UIDs that is open", (path) => { chmodSync(path("tree/uids"), 0o755); }, "mode of tree/uids"],
    ["a backup folder that is gone", (path) => { rmSync(path("tree/backup"), { recursive: true }); }, "mode of tree/backup"],
  ]; // prettier-ignore
  test.each<[string, (path: (name: string) => string) => void, string]>([
    ["an edited configuration", (path) => { writeFileSync(path("site.conf"), "listen 80;\n"); }, "content of site.conf"],
    ["one letter more at the end", (path) => { writeFileSync(path("site.conf"), "listen 8443;\n\n"); }, "content of site.conf"],
    ["a key that others may read", (path) => { chmodSync(path("tls/server.key"), 0o444); }, "mode of tls/server.key"],
    ["a folder that others may enter", (path) => { chmodSync(path("registry"), 0o755); }, "mode of registry"],
    ...(uid === 0 ? inTree : []),
  ])("found: %s", async (_, tamper, about) => {
    tamper((name) => join(folder, name));
    const found = await differences();
    expect(found.map((one) => one.about.replace(`${folder}/`, ""))).toEqual([about]);
  }); // prettier-ignore

  test("found: a file that is gone, with its mode", async () => {
    rmSync(join(folder, "site.conf"));
    expect((await differences()).map(({ found }) => found)).toEqual(["missing", "missing"]);
  });
});

describe("what a refresh finds", () => {
  const urn =
    "urn:pulumi:dev::semesterhub::semesterhub:index:HubService$docker:index/service:Service::chp";

  test("nothing where a resource is as it was", () => {
    expect(differenceOf({ op: "refresh", urn })).toEqual([]);
    expect(differenceOf({ op: "same", urn })).toEqual([]);
  });

  test("a resource that is gone", () => {
    expect(differenceOf({ op: "delete", urn })).toEqual([
      { machine: "", about: "Service chp", wanted: "there", found: "gone", from: "chp" },
    ]);
  });

  test("a resource that differs, with what and how", () => {
    const [found] = differenceOf({
      op: "update",
      urn,
      oldState: { outputs: { mode: { replicas: 1 } } },
      newState: { outputs: { mode: { replicas: 0 } } },
      detailedDiff: { "mode.replicas": { kind: "update" } },
    });
    expect(found).toMatchObject({
      about: "Service chp",
      wanted: 'mode.replicas={"replicas":1}',
      found: 'mode.replicas={"replicas":0}',
    });
  });
});

test.each([
  ["/var/lib/semesterhub/prod/homes", "var-lib-semesterhub-prod-homes"],
  ["/srv/my-course/homes", "srv-my\\x2dcourse-homes"],
])("the unit of a mount: %s", (path, unit) => {
  expect(escapePath(path)).toBe(unit);
});

test("a report says what was looked at, or what differs", () => {
  expect(report("dev", [], 12)).toContain("as it was declared: 12 things");
  const difference = {
    machine: "anna",
    about: "mode of /x",
    wanted: "700",
    found: "777",
    from: "x",
  };
  expect(report("dev", [difference], 12)).toMatch(/One thing differs[^]*mode of \/x on anna/);
});
