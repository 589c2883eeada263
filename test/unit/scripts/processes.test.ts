import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  endOrphans,
  inspectPulumi,
  isAlive,
  orphans,
} from "../../../scripts/lib/pulumi/processes.mjs";

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
    expect(inspectPulumi(shell)).toBe("abandoned");
    expect(inspectPulumi(Number(children))).toBe("gone");
    process.kill(Number(children), "SIGKILL");
  },
);

test("processes that are there are alive, others not", () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 22 + 1)).toBe(false);
});

test("a process that has ended and was not waited for is not alive", async () => {
  // The shell becomes a `sleep`, which never asks what became of its child, and the child ends then.
  const child = spawn(
    "sh",
    ["-c", `sh -c 'until grep -q sleep "/proc/$PPID/comm"; do :; done' & echo $!; exec sleep 600`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const zombie = Number(line.toString());
    // Between two looks: that a process of another's has ended is told to nobody else.
    while (isAlive(zombie)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(existsSync(`/proc/${zombie}`)).toBe(process.platform === "linux");
  } finally {
    child.kill();
    await once(child, "close");
  }
});
