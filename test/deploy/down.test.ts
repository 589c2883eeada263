// The end of a semester: nothing is left but the files and their backups. Runs last (test/run.mjs).
import { existsSync, rmSync } from "node:fs";
import { must, operator, Semester, testStack, tryOperator } from "../lib/semester";

/** Everything on the engine that carries the stack's label or name. */
async function leftOvers(): Promise<string[]> {
  const { stdout: swarm } = await must("docker", ["info", "--format", "{{.Swarm.LocalNodeState}}"]);
  // `down` leaves a Swarm that `up` made, and with it goes what only a Swarm has.
  const inSwarm = swarm.trim() === "active" ? ["service", "secret", "config"] : [];
  const lists = await Promise.all([
    must("docker", ["ps", "--all", "--format", "{{.Names}}"]),
    ...["network", "volume", ...inSwarm].map((kind) =>
      must("docker", [kind, "ls", "--format", "{{.Name}}"]),
    ),
  ]);
  return lists
    .flatMap(({ stdout }) => stdout.split("\n"))
    .filter((name) => name.startsWith(`semesterhub-${testStack}-`));
}

test("down without a backup service refuses, and the course runs on", async () => {
  const semester = await Semester.up();
  const { services } = semester.outputs;
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.start();
  const task = `${services.backup}.`;
  const there = async (): Promise<string[]> =>
    (await leftOvers()).filter((name) => !name.startsWith(task)).sort();
  const before = await there();
  const scale = (count: number) =>
    must("docker", ["service", "scale", `${services.backup}=${String(count)}`]);
  await scale(0);
  try {
    const { code, stdout, stderr } = await tryOperator(testStack, "down", "--yes");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("the last backup can't be taken and nothing is destroyed");
    expect(await ada.server()).toBeDefined();
    expect(await semester.user("alan").logIn()).toBe(true);
    expect(await there()).toEqual(before);
  } finally {
    await scale(1);
  }
});

test("down stops a running student, takes a last backup, and leaves only data", async () => {
  const semester = await Semester.up();
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.start();
  expect(await leftOvers()).not.toEqual([]);

  const { stdout } = await operator("down", "--yes");

  expect(await leftOvers()).toEqual([]);
  const { path } = semester.outputs.storage;
  const backups = new URL(semester.outputs.storage.backups).pathname;
  expect(existsSync(`${path}/homes/ada`)).toBe(true);
  expect(existsSync(backups)).toBe(true);
  expect(stdout).toContain(path);
  expect(stdout).toContain(backups);
  // What this test made is nobody's semester.
  rmSync(path, { recursive: true });
  rmSync(backups, { recursive: true });
});
