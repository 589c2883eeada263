import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOrphans, orphans } from "../../../scripts/lib/pulumi/orphans.mjs";

const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
/** A process that has ended: nobody has its number a moment later. */
const gone = String(spawnSync("true").pid);
const started: ChildProcess[] = [];

function start(environment: Record<string, string>, command = ["sleep", "600"]): number {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: "ignore",
  });
  started.push(child);
  return child.pid ?? 0;
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("what worked for a command that is gone is found, and ended", async () => {
  const pid = start({ PULUMI_HOME: home, SEMESTERHUB_WATCHER: gone });
  const ended = new Promise((resolve) => started[0]?.on("exit", resolve));
  expect(orphans(home)).toEqual([pid]);
  expect(endOrphans(home)).toBe(1);
  await ended;
  expect(orphans(home)).toEqual([]);
});

onLinux("what works for a command that runs, or for another working copy, is left alone", () => {
  start({ PULUMI_HOME: home, SEMESTERHUB_WATCHER: String(process.pid) });
  start({ PULUMI_HOME: `${home}-other`, SEMESTERHUB_WATCHER: gone });
  start({ PULUMI_HOME: home });
  expect(orphans(home)).toEqual([]);
});

onLinux(
  "a pulumi that lost its command, and what it started, are left to end in order",
  async () => {
    // A shell of that name, with a child.
    const pulumi = join(home, "pulumi");
    copyFileSync(realpathSync("/bin/sh"), pulumi);
    start({ PULUMI_HOME: home, SEMESTERHUB_WATCHER: gone }, [pulumi, "-c", "sleep 600; true"]);
    const shell = started[0]?.pid ?? 0;
    let children = "";
    while (children === "") {
      children = spawnSync("pgrep", ["-P", String(shell)])
        .stdout.toString()
        .trim();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(orphans(home)).toEqual([]);
    process.kill(Number(children), "SIGKILL");
  },
);
