// @ts-check
// Gathers what `status` shows. Each part is looked at on its own, so that one that is broken does
// not hide the others.
import { statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { askOnce } from "./answers.mjs";
import { containersOf, docker, jsonFrom } from "./docker.mjs";
import { parseJson } from "./json.mjs";
import { containers, optional, services } from "./parts.mjs";
import { prefixOf } from "./paths.mjs";
import { freeMemory } from "./preflight.mjs";

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {boolean} healthy
 * @property {string} state "1/1", "running", "missing"
 * @property {string} image
 * @property {string} [problem] Docker's own words
 *
 * @typedef {object} People
 * @property {number} users people whom the hub knows
 * @property {string[]} online
 * @property {{ user: string, ready: boolean, pending: string | null, lastActivity: string | null }[]} servers
 *
 * @typedef {object} Disk
 * @property {string} path
 * @property {number} free
 * @property {number} total
 */

/**
 * Services and containers of a stack, those that should be there first.
 * @param {string} stack
 * @returns {Promise<Part[]>}
 */
export async function lookAtParts(stack) {
  const prefix = prefixOf(stack);
  const [listed, ran] = await Promise.all([
    docker([
      "service",
      "ls",
      "--filter",
      `label=semesterhub.stack=${stack}`,
      "--format",
      "{{json .}}",
    ]),
    docker(["ps", "--all", "--filter", `name=^/?${prefix}-`, "--format", "{{json .}}"]),
  ]);
  const known = new Map(jsonLines(listed.stdout).map((line) => [line["Name"] ?? "", line]));
  const running = new Map(jsonLines(ran.stdout).map((line) => [line["Names"] ?? "", line]));
  return Promise.all([
    ...services.map(async (name) => {
      const service = known.get(`${prefix}-${name}`);
      if (service === undefined) return missing(name);
      const { Replicas: replicas = "", Image: image = "" } = service;
      const [is, wanted] = replicas.split(" ")[0]?.split("/") ?? [];
      const healthy = is === wanted && is !== "0";
      const problem = healthy ? undefined : await lastError(`${prefix}-${name}`);
      return {
        name,
        healthy,
        state: replicas,
        image,
        ...(problem === undefined ? {} : { problem }),
      };
    }),
    ...[...containers, ...optional.filter((name) => running.has(`${prefix}-${name}`))].map(
      (name) => {
        const container = running.get(`${prefix}-${name}`);
        if (container === undefined) return Promise.resolve(missing(name));
        const { State: state = "", Status: status = "", Image: image = "" } = container;
        const healthy = state === "running" && !status.includes("unhealthy");
        return Promise.resolve({ name, healthy, state: status, image });
      },
    ),
  ]);
}

/** @param {string} name */
function missing(name) {
  return { name, healthy: false, state: "missing", image: "" };
}

/**
 * @param {string} text
 * @returns {Record<string, string>[]}
 */
function jsonLines(text) {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => /** @type {Record<string, string>} */ (parseJson(line)));
}

/** @param {string} service */
async function lastError(service) {
  const { stdout } = await docker([
    "service",
    "ps",
    "--no-trunc",
    "--format",
    "{{.Error}}",
    service,
  ]);
  return stdout
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
}

/**
 * Runs a command that prints JSON in a service's container.
 * @param {string} service
 * @param {readonly string[]} command
 * @returns {Promise<unknown>} undefined when the service does not run or does not answer
 */
export async function askService(service, command) {
  const [container] = await containersOf(service).catch(() => []);
  return container === undefined ? undefined : jsonFrom(container, command);
}

/**
 * @param {string} stack
 * @returns {Promise<People | undefined>}
 */
export async function lookAtPeople(stack) {
  const service = `${prefixOf(stack)}-hub`;
  const people = await askService(service, ["semesterhub-admin", "status", "--json"]);
  return /** @type {People | undefined} */ (people);
}

/**
 * Memory of this machine, and what the students' servers use of it.
 * @param {string} stack
 */
export async function lookAtMemory(stack) {
  const [free, students] = await Promise.all([freeMemory(), studentsMemory(stack)]);
  return { free, total: totalmem(), students };
}

/**
 * @param {string} stack
 * @returns {Promise<{ student: string, bytes: number }[]>}
 */
async function studentsMemory(stack) {
  const { stdout } = await docker([
    "ps",
    "--filter",
    `label=semesterhub.stack=${stack}`,
    "--filter",
    "label=semesterhub.student",
    "--format",
    '{{.ID}} {{.Label "semesterhub.student"}}',
  ]);
  const names = new Map(
    stdout
      .split("\n")
      .filter((line) => line.includes(" "))
      .map((line) => {
        const at = line.indexOf(" ");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
  if (names.size === 0) return [];
  const stats = await docker([
    "stats",
    "--no-stream",
    "--format",
    "{{.ID}} {{.MemUsage}}",
    ...names.keys(),
  ]);
  return stats.stdout
    .split("\n")
    .map((line) => /^(\S+) ([\d.]+)([KMGT]?i?B)/.exec(line))
    .filter((found) => found !== null)
    .map(([, id = "", amount = "", unit = ""]) => ({
      student: names.get(id) ?? id,
      bytes: dockerBytes(amount, unit),
    }))
    .sort((a, b) => b.bytes - a.bytes);
}

/**
 * An amount as docker stats writes it, "123.4" and "MiB".
 * @param {string} amount
 * @param {string} unit
 */
export function dockerBytes(amount, unit) {
  return Math.round(Number(amount) * 1024 ** Math.max(0, "BKMGT".indexOf(unit[0] ?? "B")));
}

/**
 * @param {string} path
 * @returns {Promise<Disk | undefined>}
 */
export async function lookAtDisk(path) {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { path, free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}

/**
 * Whether the course answers, and until when its certificate is good.
 * @param {string} url
 * @param {string} authority
 */
export async function lookAtUrl(url, authority) {
  const answer = await askOnce(`${url}/hub/login`, authority);
  return {
    url,
    answers: answer.status === 200,
    ...(answer.status === undefined ? {} : { status: answer.status }),
    ...(answer.error === undefined ? {} : { error: answer.error }),
    ...(answer.certificate === undefined
      ? {}
      : {
          certificate: { ...answer.certificate, ends: answer.certificate.ends.toISOString() },
        }),
  };
}
