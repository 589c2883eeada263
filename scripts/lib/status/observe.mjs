// @ts-check
// Gathers what `status` shows. Each part is looked at on its own, so that one that is broken does
// not hide the others.
import { askOnce } from "./answers.mjs";
import { diskIn } from "./machines.mjs";
import { optional, optionalServices, services } from "../docker/parts.mjs";
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
 *
 * @typedef {import("../docker/engine.mjs").Engine} Engine
 *
 * @typedef {import("dockerode").Service} SwarmService
 */

/**
 * Services and containers of a stack, those that should be there first.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<Part[]>}
 */
export async function lookAtParts(engines) {
  const { known, students, stack, several } = engines;
  const { hub } = known;
  const filters = { label: [`semesterhub.stack=${stack}`] };
  /** @type {SwarmService[]} */
  const listed = (await hub?.docker.listServices({ filters, status: true }).catch(() => [])) ?? [];
  const service = async (/** @type {string} */ name) => {
    const full = `${prefixOf(stack)}-${name}`;
    const found = listed.find(({ Spec }) => Spec?.Name === full);
    if (hub === undefined || found === undefined) return missing(name);
    const { RunningTasks: is = 0, DesiredTasks: wanted = 0 } = found.ServiceStatus ?? {};
    const healthy = is === wanted && is > 0;
    const problem = healthy ? undefined : await hub.taskError(full);
    const state = `${String(is)}/${String(wanted)}`;
    return {
      name,
      healthy,
      state,
      image: imageOf(found),
      ...(problem !== undefined && { problem }),
    };
  };
  const [always, sometimes] = await Promise.all([
    Promise.all([
      ...services.map(service),
      lookAtContainer(known.proxy, stack, "proxy"),
      ...students.map((engine) => {
        const name = several ? `firewall ${engine.machine}` : "firewall";
        return lookAtContainer(engine, stack, "firewall", name);
      }),
    ]),
    Promise.all([
      ...optionalServices.map(service),
      ...optional.map((part) => lookAtContainer(known.proxy, stack, part)),
    ]),
  ]);
  return [...always, ...sometimes.filter(({ state }) => state !== "missing")];
}

/**
 * @param {Engine | undefined} engine
 * @param {string} stack
 * @param {string} part
 * @param {string} [name]
 * @returns {Promise<Part>}
 */
async function lookAtContainer(engine, stack, part, name = part) {
  const filters = { name: [`^/?${prefixOf(stack)}-${part}$`] };
  const [container] = (await engine?.containers(filters, { all: true }).catch(() => [])) ?? [];
  if (container === undefined) return missing(name);
  const { State: state, Status: status, Image: image } = container;
  const healthy = state === "running" && !status.includes("unhealthy");
  return { name, healthy, state: status, image };
}

/** @param {SwarmService} service */
function imageOf({ Spec }) {
  const template = Spec?.TaskTemplate;
  return (template && "ContainerSpec" in template ? template.ContainerSpec?.Image : "") ?? "";
}

/** @param {string} name */
function missing(name) {
  return { name, healthy: false, state: "missing", image: "" };
}

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<People | undefined>}
 */
export async function lookAtPeople(engines) {
  const people = await engines.ask("hub", ["semesterhub-admin", "status", "--json"]);
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
  const found = await engines.containerOf(service).catch(() => undefined);
  const disk = found && (await diskIn(found.engine, found.id, folder));
  return disk && { path, ...disk };
}

/**
 * Whether the course answers, and until when its certificate is good.
 * @param {string} url
 * @param {string} authority
 */
export async function lookAtUrl(url, authority) {
  const { certificate, ...answer } = await askOnce(`${url}/hub/login`, authority);
  return {
    url,
    answers: answer.status === 200,
    ...answer,
    ...(certificate && { certificate: { ...certificate, ends: certificate.ends.toISOString() } }),
  };
}
