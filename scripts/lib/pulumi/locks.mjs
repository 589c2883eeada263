// @ts-check
// Locks of a file backend, which an interrupted command leaves behind.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { parseJson } from "../command/json.mjs";

/**
 * A lock, as Pulumi writes it.
 * @typedef {{ pid: number, username: string, hostname: string, timestamp: string }} Lock
 */

/**
 * What to do about a lock: `remove` one whose process is gone, `stop` a pulumi that lost the
 * command that watched it, `wait` for one at work.
 * @param {Lock} lock
 * @param {string} here this computer's name
 * @param {ReturnType<typeof import("./processes.mjs").inspectPulumi>} holder
 * @returns {"remove" | "stop" | "wait"}
 */
export function judgeLock(lock, here, holder) {
  if (lock.hostname !== here || holder === "at work") return "wait";
  return holder === "gone" ? "remove" : "stop";
}

/**
 * The locks on a stack in a file backend.
 * @param {string} folder of the backend
 * @param {string} project
 * @param {string} stack
 * @returns {Lock[]}
 */
export function readLocks(folder, project, stack) {
  const locks = join(folder, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(locks)) return [];
  const files = readdirSync(locks).filter((file) => file.endsWith(".json"));
  return files.map((file) => parseLock(readFileSync(join(locks, file), "utf8")));
}

/**
 * A lock that was cut off while it was written names no process: its writer is gone.
 * @param {string} text
 * @returns {Lock}
 */
export function parseLock(text) {
  /** @type {Partial<Lock>} */
  let lock = {};
  try {
    lock = /** @type {Partial<Lock>} */ (parseJson(text));
  } catch {
    // Treated below like one that says nothing.
  }
  const { pid = 0, username = "", hostname: host = hostname(), timestamp = "" } = lock;
  return { pid, username, hostname: host, timestamp };
}
