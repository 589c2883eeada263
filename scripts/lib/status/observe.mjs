// @ts-check
// Gathers what `status` shows. Each part is looked at on its own, so that one that is broken does
// not hide the others.
import { askOnce } from "./answers.mjs";
import { diskIn, jsonLines } from "./machines.mjs";
import { optional, serviceEngine, services } from "../docker/parts.mjs";
import { prefixOf } from "../command/paths.mjs";

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
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<Part[]>}
 */
export async function lookAtParts(engines) {
  const { known, students, stack, several } = engines;
  const listed = await known.hub?.run([
    ...["service", "ls", "--filter", `label=semesterhub.stack=${stack}`],
    ...["--format", "{{json .}}"],
  ]);
  const running = new Map(
    jsonLines(listed?.stdout ?? "").map((line) => [line["Name"] ?? "", line]),
  );
  const [always, sometimes] = await Promise.all([
    Promise.all([
      ...services.map((name) => lookAtService(engines, running, name)),
      lookAtContainer(known.proxy, stack, "proxy"),
      ...students.map((engine) =>
        lookAtContainer(
          engine,
          stack,
          "firewall",
          several ? `firewall ${engine.machine}` : undefined,
        ),
      ),
    ]),
    Promise.all(optional.map((part) => lookAtContainer(known.proxy, stack, part))),
  ]);
  return [...always, ...sometimes.filter(({ state }) => state !== "missing")];
}

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {ReadonlyMap<string, Record<string, string>>} running
 * @param {string} name
 * @returns {Promise<Part>}
 */
async function lookAtService({ known: { hub }, stack }, running, name) {
  const service = running.get(`${prefixOf(stack)}-${name}`);
  if (hub === undefined || service === undefined) return missing(name);
  const { Replicas: replicas = "", Image: image = "" } = service;
  const [is, wanted] = replicas.split(" ")[0]?.split("/") ?? [];
  const healthy = is === wanted && is !== "0";
  const problem = healthy ? undefined : await lastError(hub, `${prefixOf(stack)}-${name}`);
  return { name, healthy, state: replicas, image, ...(problem === undefined ? {} : { problem }) };
}

/**
 * @param {import("../docker/docker.mjs").Engine | undefined} engine
 * @param {string} stack
 * @param {string} part
 * @param {string} [name]
 * @returns {Promise<Part>}
 */
async function lookAtContainer(engine, stack, part, name = part) {
  const filter = `name=^/?${prefixOf(stack)}-${part}$`;
  const listed = await engine?.run(["ps", "--all", "--filter", filter, "--format", "{{json .}}"]);
  const [container] = jsonLines(listed?.stdout ?? "");
  if (container === undefined) return missing(name);
  const { State: state = "", Status: status = "", Image: image = "" } = container;
  const healthy = state === "running" && !status.includes("unhealthy");
  return { name, healthy, state: status, image };
}

/** @param {string} name */
function missing(name) {
  return { name, healthy: false, state: "missing", image: "" };
}

/**
 * @param {import("../docker/docker.mjs").Engine} hub
 * @param {string} service
 */
async function lastError(hub, service) {
  const format = ["--no-trunc", "--format", "{{.Error}}"];
  const { stdout } = await hub.run(["service", "ps", ...format, service]);
  return stdout
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
}

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<People | undefined>}
 */
export async function lookAtPeople({ known: { hub }, stack }) {
  const people = await hub?.ask(`${prefixOf(stack)}-hub`, [
    "semesterhub-admin",
    "status",
    "--json",
  ]);
  return /** @type {People | undefined} */ (people);
}

/**
 * The disk that a folder of a service is on.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {string} service
 * @param {string} folder in its container
 * @param {string} path of the folder on the machine
 * @returns {Promise<Disk | undefined>}
 */
export async function lookAtDisk(engines, service, folder, path) {
  const engine = serviceEngine(engines, service);
  const [container] =
    (await engine?.containersOf(`${prefixOf(engines.stack)}-${service}`).catch(() => [])) ?? [];
  if (engine === undefined || container === undefined) return undefined;
  const disk = await diskIn(engine, container, folder);
  return disk === undefined ? undefined : { path, ...disk };
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
