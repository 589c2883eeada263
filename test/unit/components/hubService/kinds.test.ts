// Kinds of courses: with PostgreSQL, and workshops.
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { content, serviceType } from "../../lib/services";

let program: Program;
beforeAll(async () => {
  program = await runProgram({ config: minimalConfig });
});

test("PostgreSQL is a service of its own, and nobody but the hub has its password", async () => {
  const ran = await runProgram({ config: { ...minimalConfig, database: { kind: "postgres" } } });
  const spec = (name: string) =>
    (ran.byName(name, serviceType).inputs.taskSpec as { containerSpec: Record<string, unknown> })
      .containerSpec as {
      readonly env: Readonly<Record<string, string>>;
      readonly mounts: readonly { readonly source: string; readonly target: string }[];
      readonly secrets: readonly { readonly fileName: string; readonly fileUid: string }[];
    };
  expect(content(ran, "hub-settings")).toMatchObject({
    databaseUrl: "postgresql+psycopg://hub@database/hub",
    keepsDatabase: false,
  });
  const given = (name: string) => spec(name).secrets.map(({ fileName }) => fileName);
  expect(given("database")).toEqual(["database-password"]);
  expect(given("hub")).toContain("database-passfile");
  expect(spec("hub").env.PGPASSFILE).toBe("/run/secrets/database-passfile");
  expect(spec("database").mounts.map(({ target }) => target)).toEqual([
    "/srv/database",
    "/srv/dumps",
    "/tmp",
  ]);
  // what the hub's settings and environments have can be read by whoever may look at a service
  const key = Buffer.from(
    String(ran.byName("database-password", "docker:index/secret:Secret").inputs.data),
    "base64",
  ).toString();
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify([spec("hub").env, content(ran, "hub-settings")])).not.toContain(key);
  expect(() => program.byName("database", serviceType)).toThrow("0 resources");
});

test("a workshop: phrases are secret, homes can be removed and are in no backup", async () => {
  const phrases = { passphrase: "seven green owls", staffPassphrase: "quiet harbour at dawn" };
  const login = { method: "workshop", ...phrases, seats: 40 };
  const ran = await runProgram({
    config: { ...minimalConfig, roster: { staff: ["grace"] }, login },
    secretKeys: ["login"],
  });
  expect(content(ran, "hub-settings")).toMatchObject({ login: { method: "workshop", seats: 40 } });
  expect(content(ran, "login-secret", "secret:Secret")).toEqual(phrases);
  const environment = (from: typeof ran, service: string) =>
    (from.byName(service, serviceType).inputs.taskSpec as { containerSpec: { env: object } })
      .containerSpec.env;
  expect(environment(ran, "homes")).toMatchObject({ THROW_AWAY: "yes" });
  expect(environment(ran, "backup")).toMatchObject({ WITHOUT_HOMES: "yes" });
  expect(environment(program, "homes")).not.toHaveProperty("THROW_AWAY");
  expect(environment(program, "backup")).not.toHaveProperty("WITHOUT_HOMES");
});
