import { ExitLogs, readExit } from "../../../scripts/lib/docker/containerExitLogs.mjs";

const death = (code: number, service = "semesterhub-dev-hub") => `abc\t${service}\t${String(code)}`;

test("a service's container that ends in error is heard of, and nothing else", () => {
  expect(readExit(death(3))).toEqual({ id: "abc", service: "semesterhub-dev-hub", code: "3" });
  for (const line of [death(0), death(143), death(1, ""), "", "error"]) {
    expect(readExit(line)).toBeUndefined();
  }
});

describe("what it said", () => {
  let moment = 0;
  let asked: (readonly string[])[];
  const logs = (args: readonly string[]) => {
    asked.push(args);
    return Promise.resolve({
      code: 0,
      stdout: "out\n",
      stderr: `no such file ${asked.length}\n\n`,
    });
  };
  const told: string[] = [];
  const words = new ExitLogs(
    "dev",
    [],
    (text) => told.push(text),
    () => moment,
  );
  const text = (count: number) =>
    `semesterhub-dev-hub ended with code 3; its log ends with:\n    out\n    no such file ${String(count)}`;
  beforeAll(async () => {
    asked = [];
    for (moment of [0, 0, 9000, 10_000]) await words.hear(death(3), {}, logs);
    await words.hear(death(0), {}, logs);
  });

  test("is asked for as it ends, and not at each of its ends", () => {
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual(["logs", "--tail", "5", "abc"]);
  });

  test("is told at once the first time, and the newest at the end", async () => {
    expect(told).toEqual([text(1)]);
    expect(await words.end()).toEqual([text(2)]);
  });
});
