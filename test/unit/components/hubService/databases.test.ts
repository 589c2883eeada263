// Where hub and gradebook keep their data: in files, on a server of the course's own, or the campus's.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { content, service, serviceType } from "../../lib/services";

const command = "command:local:Command";
const secretType = "docker:index/secret:Secret";

const names = (of: Program, thing: string) =>
  service(of, thing).containerSpec.secrets.map(({ fileName }) => fileName);
const env = (of: Program, thing: string) => service(of, thing).containerSpec.env;
const plain = (of: Program, secret: string) =>
  Buffer.from(String(of.byName(secret, secretType).inputs.data), "base64").toString();

describe("files", () => {
  test("need no service, and nobody has a password", async () => {
    const program = await runProgram({ config: minimalConfig });
    expect(() => program.byName("database", serviceType)).toThrow("0 resources");
    expect(content(program, "grading-settings")).not.toHaveProperty("gradebookUrl");
    expect(names(program, "grading")).toEqual(["grading-token"]);
    expect(env(program, "grading")).not.toHaveProperty("PGPASSFILE");
  });
});

describe("a server of the course's own", () => {
  let program: Program;
  beforeAll(async () => {
    program = await runProgram({ config: { ...minimalConfig, database: { kind: "postgres" } } });
  });

  test("hub and grading open a database each", () => {
    expect(content(program, "hub-settings")).toMatchObject({
      databaseUrl: "postgresql+psycopg://hub@database/hub",
      keepsDatabase: false,
    });
    expect(content(program, "grading-settings")).toMatchObject({
      gradebookUrl: "postgresql+psycopg://gradebook@database/gradebook",
    });
    expect(service(program, "database").containerSpec.mounts.map(({ target }) => target)).toEqual([
      "/srv/database",
      "/srv/dumps",
      "/tmp",
    ]);
  });

  test("each has the password of its own role, and no other; statistics has none", () => {
    expect(names(program, "database")).toEqual(["database-password", "gradebook-password"]);
    expect(names(program, "hub")).toContain("database-passfile");
    expect(names(program, "hub").join()).not.toContain("gradebook");
    expect(names(program, "grading")).toEqual(["grading-token", "gradebook-passfile"]);
    expect(env(program, "hub").PGPASSFILE).toBe("/run/secrets/database-passfile");
    expect(env(program, "grading").PGPASSFILE).toBe("/run/secrets/gradebook-passfile");
    for (const other of ["statistics", "intake", "sandbox", "chp", "homes", "backup"]) {
      expect(names(program, other).join()).not.toMatch(/passfile|database|gradebook/);
    }
    const [hub, gradebook] = [
      plain(program, "database-password"),
      plain(program, "gradebook-password"),
    ];
    expect(hub).toMatch(/^[0-9a-f]{64}$/);
    expect(plain(program, "gradebook-passfile")).toBe(
      `database:5432:gradebook:gradebook:${gradebook}\n`,
    );
    expect(plain(program, "database-passfile")).toBe(`database:5432:hub:hub:${hub}\n`);
  });

  test("only the control network has it, where students are not", () => {
    expect(service(program, "database").networksAdvanceds.map(({ id }) => id)).toEqual([
      "control-id",
    ]);
  });

  test("what may be read by whoever looks at a service has no password", () => {
    const keys = [plain(program, "database-password"), plain(program, "gradebook-password")];
    for (const thing of ["hub", "grading", "database"]) {
      const shown = JSON.stringify(program.byName(thing, serviceType).inputs);
      for (const key of keys) expect(shown).not.toContain(key);
    }
  });
});

describe("the campus's server", () => {
  const hub = { url: "postgresql://course-hub@10.1.2.3:5433/course_hub", password: "a:b\\c" };
  const gradebook = { url: "postgresql://gb@DB.example.edu/gb", password: "quiet-harbour" };
  const config = (more: object = {}) => ({
    ...minimalConfig,
    database: { kind: "postgres", hub, gradebook, ...more },
  });
  let program: Program;
  beforeAll(async () => {
    program = await runProgram({ config: config(), secretKeys: ["database"] });
  });

  test("hub and grading open a database each, by TLS to who proves the server's name", () => {
    expect(content(program, "hub-settings")).toMatchObject({
      databaseUrl: "postgresql+psycopg://course-hub@10.1.2.3:5433/course_hub",
      keepsDatabase: false,
    });
    expect(content(program, "grading-settings")).toMatchObject({
      gradebookUrl: "postgresql+psycopg://gb@db.example.edu:5432/gb",
    });
    for (const thing of ["hub", "grading", "database"]) {
      expect(env(program, thing)).toMatchObject({
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: "/etc/ssl/certs/ca-certificates.crt",
      });
    }
  });

  test("an authority of the campus's is in each of them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "semesterhub-ca-"));
    const file = join(folder, "ca.pem");
    writeFileSync(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const ran = await runProgram({
      config: config({ certificateAuthority: file }),
      secretKeys: ["database"],
    });
    rmSync(folder, { recursive: true });
    expect(ran.error?.message).toBeUndefined();
    for (const thing of ["hub", "grading", "database"]) {
      expect(env(ran, thing).PGSSLROOTCERT).toBe("/etc/semesterhub/database-ca.pem");
      const configs = service(ran, thing).containerSpec.configs.map(({ fileName }) => fileName);
      expect(configs).toContain("/etc/semesterhub/database-ca.pem");
    }
  });

  test("passwords are lines of a file of each role's, as libpq reads them", () => {
    expect(plain(program, "database-passfile")).toBe(
      "10.1.2.3:5433:course_hub:course-hub:a\\:b\\\\c\n",
    );
    expect(plain(program, "gradebook-passfile")).toBe("db.example.edu:5432:gb:gb:quiet-harbour\n");
    expect(names(program, "grading")).toEqual(["grading-token", "gradebook-passfile"]);
    expect(names(program, "database")).toEqual(["database-passfiles"]);
  });

  test("it is looked at before hub, grading and the dumps' service are touched", () => {
    const check = program.byName("database-check-local", command);
    expect(JSON.stringify(check.inputs.environment)).not.toContain("quiet-harbour");
    expect(JSON.parse(String(check.inputs.stdin))).toMatchObject({
      course: "dev",
      places: {
        hub: { host: "10.1.2.3", port: 5433, user: "course-hub", database: "course_hub" },
        gradebook: { host: "db.example.edu", port: 5432, user: "gb", database: "gb" },
      },
    });
    const database = program.byName("database", serviceType);
    expect(database.dependencies).toContain(check.urn);
    for (const thing of ["hub", "grading"]) {
      expect(program.byName(thing, serviceType).dependencies).toContain(database.urn);
    }
  });
});

test("students' servers can't reach a server of the campus's on a public address", async () => {
  const database = {
    kind: "postgres",
    hub: { url: "postgresql://hub@192.0.2.7/hub", password: "x" },
    gradebook: { url: "postgresql://gb@192.0.2.7/gb", password: "x" },
  };
  const ran = await runProgram({
    config: { ...minimalConfig, database },
    secretKeys: ["database"],
  });
  const { envs } = ran.byName("firewall", "docker:index/container:Container").inputs;
  expect(envs).toContain("BLOCKED=192.0.2.7");
});
