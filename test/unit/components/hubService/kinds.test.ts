// Kinds of courses: workshops.
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { content, serviceType } from "../../lib/services";

let program: Program;
beforeAll(async () => {
  program = await runProgram({ config: minimalConfig });
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
