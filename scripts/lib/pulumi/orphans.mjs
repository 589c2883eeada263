// @ts-check
// Providers and programs that a killed pulumi left behind: each a process group of its own, so that
// whatever ended pulumi did not reach them. Some go on for minutes, and some at full speed.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { isAlive, watcherVariable } from "./state.mjs";

/**
 * A process, as far as we may look at it.
 * @typedef {object} Process
 * @property {number} pid
 * @property {number} parent
 * @property {string} program
 * @property {ReadonlyMap<string, string>} environment
 */

/**
 * @param {number} pid
 * @returns {Process | undefined} nothing when it is gone, or another user's
 */
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    const program = basename(readlinkSync(`/proc/${String(pid)}/exe`)).replace(" (deleted)", "");
    const environment = readFileSync(`/proc/${String(pid)}/environ`, "utf8")
      .split("\0")
      .map((entry) => /** @type {const} */ ([entry.split("=", 1)[0] ?? "", entry]))
      .map(([name, entry]) => /** @type {const} */ ([name, entry.slice(name.length + 1)]));
    return { pid, parent, program, environment: new Map(environment) };
  } catch {
    return undefined;
  }
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
 * @returns {number[]}
 */
export function orphans(home) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const found = look(Number(name));
      const watcher = found?.environment.get(watcherVariable);
      if (found === undefined || watcher === undefined || isAlive(Number(watcher))) return [];
      const ours = found.environment.get("PULUMI_HOME") === home && found.program !== "pulumi";
      return ours && !hasPulumi(found) ? [found.pid] : [];
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
