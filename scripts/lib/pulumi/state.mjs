// @ts-check
// What an earlier, interrupted command left in the state, and what is to be done about it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { parseJson } from "../command/json.mjs";

/**
 * A lock of the file backend, as Pulumi writes it.
 * @typedef {{ pid: number, username: string, hostname: string, timestamp: string }} Lock
 *
 * What is known of the process that a lock names.
 * @typedef {object} Holder
 * @property {boolean} pulumi whether a pulumi runs under that number
 * @property {boolean} abandoned whether it was started by a command of ours that is gone
 */

/**
 * What to do about a lock: `remove` one whose process is gone, `stop` a pulumi that lost the
 * command that watched it, `wait` for one at work.
 * @param {Lock} lock
 * @param {string} here this computer's name
 * @param {Holder} holder
 * @returns {"remove" | "stop" | "wait"}
 */
export function judgeLock(lock, here, holder) {
  if (lock.hostname !== here) return "wait";
  if (!holder.pulumi) return "remove";
  return holder.abandoned ? "stop" : "wait";
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

/** The variable by which a pulumi that we started knows which command of ours watches it. */
export const watcherVariable = "SEMESTERHUB_WATCHER";

/**
 * Looks at the process that holds a lock.
 * @param {number} pid
 * @returns {Promise<Holder>}
 */
export async function inspectHolder(pid) {
  const nobody = { pulumi: false, abandoned: false };
  if (pid <= 0 || !isAlive(pid)) return nobody;
  if (process.platform !== "linux") return { pulumi: true, abandoned: false };
  try {
    const program = basename(await readlink(`/proc/${String(pid)}/exe`)).replace(" (deleted)", "");
    if (program !== "pulumi") return nobody;
    const environment = readFileSync(`/proc/${String(pid)}/environ`, "utf8").split("\0");
    const watcher = environment
      .find((entry) => entry.startsWith(`${watcherVariable}=`))
      ?.slice(watcherVariable.length + 1);
    return { pulumi: true, abandoned: watcher !== undefined && !isAlive(Number(watcher)) };
  } catch {
    // Gone in between, or another user's, whom we can't look at.
    return { pulumi: isAlive(pid), abandoned: false };
  }
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
    const text = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return !/^[ZX]/.test(text.slice(text.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/**
 * @typedef {object} PendingOperation
 * @property {string} type creating, updating, deleting, reading or importing
 * @property {{ urn: string, type: string, provider?: string, inputs?: Record<string, unknown> }} resource
 *
 * @typedef {object} StateResource
 * @property {string} urn
 * @property {string} type
 * @property {string} [id]
 * @property {string} [parent]
 * @property {boolean} [protect]
 * @property {boolean} [delete] whether it was replaced and waits for its removal
 * @property {Record<string, unknown>} [inputs]
 * @property {Record<string, unknown>} [outputs]
 *
 * @typedef {object} Deployment
 * @property {StateResource[]} [resources]
 * @property {PendingOperation[]} [pending_operations]
 */

/** How Pulumi marks a secret in a state. */
const secretMark = "4dabf18193072939515e22adb298388d";

/**
 * The text of a value in a state whose secrets were decrypted.
 * @param {unknown} value
 * @returns {string} empty where it is no text
 */
export function plainText(value) {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !(secretMark in value)) return "";
  const { plaintext } = /** @type {{ plaintext?: unknown }} */ (value);
  const text = typeof plaintext === "string" ? parseJson(plaintext) : "";
  return typeof text === "string" ? text : "";
}

/**
 * @typedef {(docker: import("dockerode"), name: string) => Promise<unknown>} Removal
 * @typedef {(docker: import("dockerode")) => Promise<string[]>} Listing
 */

/** How what has a name of its own is removed, by the type of its resource. @type {Map<string, Removal>} */
const removals = new Map([
  ["docker:index/service:Service", (docker, name) => docker.getService(name).remove()],
  [
    "docker:index/container:Container",
    (docker, name) => docker.getContainer(name).remove({ force: true }),
  ],
  ["docker:index/network:Network", (docker, name) => docker.getNetwork(name).remove()],
  ["docker:index/secret:Secret", (docker, name) => docker.getSecret(name).remove()],
  ["docker:index/serviceConfig:ServiceConfig", (docker, name) => docker.getConfig(name).remove()],
]);

/**
 * Docker objects that an interrupted `up` was making when it stopped: they may exist, and Pulumi
 * does not know it, so that making them again would meet their names. They are new and hold
 * nothing yet, so they are removed; a volume, which could hold data, never is.
 * @param {readonly PendingOperation[]} operations
 * @param {string} prefix what the names of the stack's objects start with
 * @returns {{ name: string, remove: Removal, provider: string }[]} `provider`: the engine
 */
export function halfMade(operations, prefix) {
  return operations.flatMap(({ type, resource }) => {
    const remove = removals.get(resource.type);
    const name = resource.inputs?.["name"];
    if (type !== "creating" || remove === undefined) return [];
    if (typeof name !== "string" || !name.startsWith(`${prefix}-`)) return [];
    return [{ name, remove, provider: resource.provider ?? "" }];
  });
}

/** The names of what is there, by the type of the resource that stands for it. @type {Map<string, Listing>} */
export const listings = new Map([
  [
    "docker:index/service:Service",
    // Not to be listed on an engine that left its Swarm: it has none.
    async (docker) =>
      (await docker.listServices().catch(() => [])).map(({ Spec }) => Spec?.Name ?? ""),
  ],
  [
    "docker:index/container:Container",
    async (docker) =>
      (await docker.listContainers({ all: true })).map(({ Names }) => Names[0]?.slice(1) ?? ""),
  ],
  [
    "docker:index/network:Network",
    async (docker) => (await docker.listNetworks()).map(({ Name }) => Name),
  ],
]);

/**
 * What the state has and the engine has not: somebody removed it by hand.
 * @param {readonly StateResource[]} resources
 * @param {ReadonlyMap<string, ReadonlySet<string>>} present names on the engine, by type
 * @returns {string[]} names
 */
export function goneFrom(resources, present) {
  return resources.flatMap((resource) => {
    const there = present.get(resource.type);
    const name = resource.outputs?.["name"];
    if (there === undefined || typeof name !== "string" || resource.delete === true) return [];
    return there.has(name) ? [] : [name];
  });
}

/**
 * The URNs of a part of the course by its name, with everything inside it: "hub" is the resource
 * that is called semesterhub-dev-hub and what it is the parent of.
 * @param {readonly StateResource[]} resources
 * @param {string} part
 * @param {string} prefix
 * @returns {string[]}
 */
export function urnsOf(resources, part, prefix) {
  if (part.startsWith("urn:")) return [part];
  const chosen = new Set(
    resources
      .filter(({ urn }) => {
        const [, name = ""] = splitUrn(urn);
        return name === part || name === `${prefix}-${part}`;
      })
      .map(({ urn }) => urn),
  );
  // Parents stand before their children in a state.
  for (const { urn, parent } of resources) {
    if (parent !== undefined && chosen.has(parent)) chosen.add(urn);
  }
  return [...chosen];
}

/**
 * Type and name of a resource.
 * @param {string} urn
 */
export function splitUrn(urn) {
  const parts = urn.split("::");
  return [parts[2] ?? "", parts.slice(3).join("::")];
}
