// A rehearsal on the test stack: made-up students come, work and are gone, and its numbers are kept.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, operator, root, Semester, testStack, tryOperator } from "../lib/semester";
import { until } from "../lib/until";

const small = ["--students", "3", "--minutes", "1"];

let semester: Semester;

beforeAll(async () => {
  semester = await Semester.up();
  // Who still has a server of other tests would be at work.
  for (const name of ["ada", "alan", "grace", "teacher"]) {
    const user = semester.user(name);
    if ((await user.logIn()) && (await user.server()) !== undefined) await user.stop();
  }
});

/** Containers, homes and names that a rehearsal could leave. */
async function left(): Promise<string> {
  const label = `label=semesterhub.stack=${testStack}`;
  const containers = await must("docker", [
    ...["ps", "--all", "--filter", label, "--format", '{{.Label "semesterhub.student"}}'],
  ]);
  const homes = await must("docker", [
    ...["exec", await semester.container(semester.outputs.services.homes), "sh", "-c"],
    // Receipts go a few seconds later.
    "find / \\( -path /proc -o -path /sys -o -name receipts \\) -prune -o -name 'course-check-*' -print",
  ]);
  return `${containers.stdout}\n${homes.stdout}`
    .split("\n")
    .filter((line) => line.includes("course-check-"))
    .join("\n");
}

/** The engine takes a moment to remove a server that has ended. */
async function nobodyLeft(): Promise<void> {
  await until("nobody to be left", async () => {
    const still = await left();
    if (still !== "") throw new Error(still);
    return true;
  });
}

test("a small class works, the verdict is told and kept, and nobody is left", async () => {
  const { stdout } = await operator("rehearse", ...small);
  expect(stdout).toMatch(/\d\d:\d\d {2}3 servers started, 3 students at work/);
  expect(stdout).toMatch(/A class of 3 (can work|meets a limit)/);
  expect(stdout).toMatch(/Starts: half took [\d.]+ s or less, the slowest [\d.]+ s\./);
  expect(stdout).toContain("The hub's machine: processors");
  expect(stdout).not.toContain("Failed");
  await nobodyLeft();
  const folder = mkdtempSync(join(tmpdir(), "rehearsal-"));
  const csv = await until(
    "the statistics to have the rehearsal",
    async () => {
      const file = join(folder, `${Date.now()}.csv`);
      await operator("statistics", "rehearsals", file);
      const rows = readFileSync(file, "utf8").trim().split("\r\n");
      return rows.length > 1 ? rows : undefined;
    },
    { seconds: 150 },
  );
  rmSync(folder, { recursive: true });
  expect(csv[0]).toMatch(/^began,students,minutes,servers,/);
  expect(csv.at(-1)).toMatch(/Z,3,1(\.0)?,3,0,0,/);
});

test("while somebody works it is refused", async () => {
  const ada = semester.user("ada");
  expect(await ada.logIn()).toBe(true);
  await ada.start();
  const refused = await tryOperator(testStack, "rehearse", ...small);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain("No rehearsal: Somebody has a server now");
});

test("who insists has it all the same; Ctrl-C ends it, and its students are removed first", async () => {
  const words = ["scripts/rehearse.mjs", "--stack", testStack, "--students", "3", "--insist"];
  const child = spawn(process.execPath, words, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (/[1-3] servers started/.test(said)) child.kill("SIGINT");
    });
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(said).toContain("The rehearsal was stopped: it was interrupted.");
  expect(code).toBe(130);
  const ada = semester.user("ada");
  expect(await ada.logIn()).toBe(true);
  expect((await ada.server())?.ready).toBe(true);
  await ada.stop();
  await nobodyLeft();
});
