// @ts-check
// Whether a machine is large enough; pure arithmetic.
import { counted, formatBytes } from "../command/text.mjs";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** Measured: hub 130 MB, chp, homes, cull and nginx 40 MB each, a backup at work 200 MB. */
const servicesMemory = 500 * mebibyte;
/** Images and what building them leaves in the cache; after the first build, what an update needs. */
const imageSpace = { first: 8 * gibibyte, later: 2 * gibibyte };
const storageSpace = 1 * gibibyte;
/** Measured: a student's server with a kernel that has run something. */
const serverMemory = 100 * mebibyte;

/**
 * What a check found: `fix` is there when it must be seen to before going on.
 * @typedef {object} Finding
 * @property {"ok" | "warning" | "failed"} how
 * @property {string} text
 * @property {string} [fix]
 */

/**
 * How many students fit into the memory that is free.
 * @param {number} free bytes
 * @param {number} perStudent bytes
 */
export function studentsThatFit(free, perStudent) {
  return Math.max(0, Math.floor((free - servicesMemory) / perStudent));
}

/**
 * How many students fit who each run all the servers that they may have; nothing where that is one.
 * @param {{ memoryBytes: number, namedServers: number }} student
 * @param {(share: number) => number} fit how many fit at so many bytes each
 */
export function withNamed({ memoryBytes, namedServers }, fit) {
  if (namedServers === 0) return "";
  const servers = 1 + namedServers;
  return `; ${String(fit(memoryBytes * servers))} with ${String(servers)} servers each`;
}

/**
 * @param {number} free bytes of memory that are available
 * @param {{ memoryBytes: number, memoryReservedBytes: number, namedServers: number }} student
 * @param {boolean} running whether the course runs already, so that its services need no more
 * @returns {Finding}
 */
export function judgeMemory(free, student, running) {
  const { memoryBytes: memory, memoryReservedBytes: reserved } = student;
  // Where nothing is reserved, the Swarm counts nothing: what a server needs anyway is what fits.
  const each = reserved === 0 ? serverMemory : reserved;
  const all = free + (running ? servicesMemory : 0);
  const [most, sure] = [studentsThatFit(all, each), studentsThatFit(all, memory)];
  const room = `${formatBytes(free)} of memory free: ${counted(most, "student")} at once at ${formatBytes(each)} each, ${String(sure)} if each uses all of ${formatBytes(memory)}${withNamed(student, (share) => studentsThatFit(all, share))}`;
  if (most < 1 && !running) {
    return {
      how: "failed",
      text: `${formatBytes(free)} of memory free, too little for the hub and one student`,
      fix: `Free ${formatBytes(servicesMemory + each - free)}, or lower semesterhub:student memoryReserved.`,
    };
  }
  return { how: sure < 1 ? "warning" : "ok", text: room };
}

/**
 * @param {number} free bytes
 * @param {number} needed bytes
 * @param {string} use
 * @param {string} fix
 * @returns {Finding}
 */
function judgeSpace(free, needed, use, fix) {
  const text = `${formatBytes(free)} free for ${use}`;
  if (free >= needed) return { how: "ok", text };
  return { how: "failed", text: `${text}, and ${formatBytes(needed)} are needed`, fix };
}

/**
 * @param {number} free bytes free where the engine keeps its images
 * @param {string} path
 * @param {boolean} built whether the course's images were built here before
 */
export function judgeImageSpace(free, path, built) {
  const fix = "Free space there: docker image prune removes images that nothing uses.";
  return judgeSpace(free, imageSpace[built ? "later" : "first"], `images in ${path}`, fix);
}

/** @param {number} free bytes free where the course's files go @param {string} path */
export function judgeStorageSpace(free, path) {
  const fix = "Free space there, or set semesterhub:storage path to a folder on a larger disk.";
  return judgeSpace(free, storageSpace, `students' files in ${path}`, fix);
}

/**
 * @param {object} facts
 * @param {number} facts.port
 * @param {boolean} facts.free whether nobody listens on it
 * @param {string | undefined} facts.container the container that publishes it
 * @param {string} facts.own the name of this stack's proxy
 * @param {string | undefined} facts.process who else listens, where that can be seen
 * @param {string} facts.key the configuration's key for it
 * @returns {Finding}
 */
export function judgePort({ port, free, container, own, process, key }) {
  if (container === own) return { how: "ok", text: `port ${port}: this course's own proxy` };
  if (free && container === undefined) return { how: "ok", text: `port ${port} is free` };
  const holder =
    container === undefined ? (process ?? "another program") : `container ${container}`;
  return {
    how: "failed",
    text: `port ${port} is taken by ${holder}`,
    fix: `Stop it, or choose another port: set semesterhub:proxy ${key} in Pulumi.<stack>.yaml.`,
  };
}

/**
 * @param {{ LocalNodeState?: string, ControlAvailable?: boolean }} swarm as `docker info` says it
 * @param {number} [held] the generation of the engine that the state has a Swarm of; absent: of none
 * @returns {Finding}
 */
export function judgeSwarm({ LocalNodeState = "inactive", ControlAvailable = false }, held) {
  if (LocalNodeState === "inactive" && held !== undefined) {
    return {
      how: "failed",
      text: "this engine is in no Swarm any more, and the course's services were in one: it left, or its data is new",
      fix: `To make again what was in it: pulumi config set --path semesterhub:local.generation ${String(held + 1)} (files and backups stay).`,
    };
  }
  if (LocalNodeState === "inactive") return { how: "ok", text: "Swarm: none yet, one is made" };
  if (LocalNodeState !== "active") {
    return {
      how: "failed",
      text: `this engine's Swarm is in the state "${LocalNodeState}"`,
      fix: "docker info says more; docker swarm unlock opens a locked one, docker swarm leave --force drops a broken one.",
    };
  }
  if (ControlAvailable) return { how: "ok", text: "Swarm: this engine manages one" };
  return {
    how: "failed",
    text: "this engine is a worker of another Swarm",
    fix: "Let it leave (docker swarm leave), or use another machine.",
  };
}
