import { ExitLogs, readExit } from "../../../scripts/lib/docker/containerExitLogs.mjs";

const exit = (exitCode: string, service = "semesterhub-dev-hub") => ({
  Actor: { ID: "abc", Attributes: { exitCode, "com.docker.swarm.service.name": service } },
});

test("a service's container that ends in error is noticed, and nothing else", () => {
  expect(readExit(exit("3"))).toEqual({ id: "abc", service: "semesterhub-dev-hub", code: "3" });
  for (const event of [exit("0"), exit("143"), exit("1", ""), {}]) {
    expect(readExit(event)).toBeUndefined();
  }
});

describe("the end of its log", () => {
  let moment = 0;
  const asked: [string, number][] = [];
  const engine = {
    logs: (id: string, lines: number) => {
      asked.push([id, lines]);
      return Promise.resolve(`out\nno such file ${asked.length}\n\n`);
    },
  };
  const told: string[] = [];
  const logs = new ExitLogs(
    (text) => told.push(text),
    () => moment,
  );
  const text = (count: number) =>
    `semesterhub-dev-hub ended with code 3; its log ends with:\n    out\n    no such file ${count}`;
  beforeAll(async () => {
    for (moment of [0, 0, 9000, 10_000]) await logs.hear(exit("3"), engine);
    await logs.hear(exit("0"), engine);
  });

  test("is read as it ends, and not at each of its ends", () => {
    expect(asked).toEqual([
      ["abc", 5],
      ["abc", 5],
    ]);
  });

  test("is shown at once the first time, and the newest at the end", async () => {
    expect(told).toEqual([text(1)]);
    expect(await logs.end()).toEqual([text(2)]);
  });
});
