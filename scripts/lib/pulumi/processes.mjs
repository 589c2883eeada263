// @ts-check
// Processes of an earlier, interrupted command: a pulumi that lost the command that watched it, and the
// providers and programs that a killed pulumi left behind. Each is a process group of its own, so that
// what ended its parent did not reach it; some go on for minutes, and some at full speed.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The variable by which a pulumi that we started knows which command of ours watches it. */
export const watcherVariable = "SEMESTERHUB_WATCHER";

/**
 * A process, as far as we may look at it.
 * @typedef {object} Process
 * @property {number} parent
 * @property {string} program
 * @property {ReadonlyMap<string, string>} environment
 */

/** @param {number} pid @returns {Process | undefined} nothing when it is gone, or another user's */
function look(pid) {
  try {
    const program = basename(readlinkSync(`/proc/${String(pid)}/exe`)).replace(" (deleted)", "");
    const entries = readFileSync(`/proc/${String(pid)}/environ`, "utf8")
      .split("\0")
      .map((entry) => /** @type {const} */ ([entry.split("=", 1)[0] ?? "", entry]))
      .map(([name, entry]) => /** @type {const} */ ([name, entry.slice(name.length + 1)]));
    return { parent: Number(statOf(pid)[1]), program, environment: new Map(entries) };
  } catch {
    return undefined;
  }
}

/** State, parent and what else the kernel says of a process. @param {number} pid */
function statOf(pid) {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/**
 * Whether a process runs; one that has ended and that nobody has asked about yet does not.
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  if (process.platform !== "linux") return true;
  try {
    return !/^[ZX]/.test(statOf(pid)[0] ?? "");
  } catch {
    return false;
  }
}

/** Whether it was started by a command of ours that is gone. @param {Process} process */
function isAbandoned({ environment }) {
  const watcher = environment.get(watcherVariable);
  return watcher !== undefined && !isAlive(Number(watcher));
}

/**
 * What runs under the number that a lock names: a pulumi `at work`, one that is `abandoned` by the
 * command that watched it, or no pulumi at all.
 * @param {number} pid
 * @returns {"gone" | "at work" | "abandoned"}
 */
export function inspectPulumi(pid) {
  if (pid <= 0 || !isAlive(pid)) return "gone";
  if (process.platform !== "linux") return "at work";
  const found = look(pid);
  // Another user's, whom we can't look at.
  if (found === undefined) return isAlive(pid) ? "at work" : "gone";
  if (found.program !== "pulumi") return "gone";
  return isAbandoned(found) ? "abandoned" : "at work";
}

/**
 * Whether a pulumi that still runs started this process, directly or not.
 * @param {Process} process
 * @returns {boolean}
 */
function hasPulumi({ parent }) {
  const above = look(parent);
  return above !== undefined && (above.program === "pulumi" || hasPulumi(above));
}

/**
 * The processes that worked for a command of ours that is gone, under a pulumi that is gone too.
 * @param {string | undefined} home the PULUMI_HOME of this working copy's tools
 */
export function orphans(home) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const found = look(pid);
      if (found === undefined || !isAbandoned(found) || found.program === "pulumi") return false;
      return found.environment.get("PULUMI_HOME") === home && !hasPulumi(found);
    });
}

/**
 * Ends them: nobody waits for what they do, and what was half done is looked at next.
 * @param {string | undefined} home
 * @returns {number} how many there were
 */
export function endOrphans(home) {
  const found = orphans(home);
  for (const pid of found) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
  return found.length;
}
