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
  const filters = { label: [`semesterhub.stack=${stack}`] };
  /** @type {SwarmService[]} */
  const listed =
    (await known.hub?.docker.listServices({ filters, status: true }).catch(() => [])) ?? [];
  const running = new Map(listed.map((service) => [service.Spec?.Name ?? "", service]));
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
    Promise.all([
      ...optionalServices.map((name) => lookAtService(engines, running, name)),
      ...optional.map((part) => lookAtContainer(known.proxy, stack, part)),
    ]),
  ]);
  return [...always, ...sometimes.filter(({ state }) => state !== "missing")];
}

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {ReadonlyMap<string, SwarmService>} running
 * @param {string} name
 * @returns {Promise<Part>}
 */
async function lookAtService({ known: { hub }, stack }, running, name) {
  const service = running.get(`${prefixOf(stack)}-${name}`);
  if (hub === undefined || service === undefined) return missing(name);
  const { RunningTasks: is = 0, DesiredTasks: wanted = 0 } = service.ServiceStatus ?? {};
  const image = imageOf(service);
  const healthy = is === wanted && is > 0;
  const problem = healthy ? undefined : await hub.taskError(`${prefixOf(stack)}-${name}`);
  const state = `${String(is)}/${String(wanted)}`;
  return { name, healthy, state, image, ...(problem === undefined ? {} : { problem }) };
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
  const engine = engines.of(service);
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
  const { certificate, ...answer } = await askOnce(`${url}/hub/login`, authority);
  return {
    url,
    answers: answer.status === 200,
    ...answer,
    ...(certificate && { certificate: { ...certificate, ends: certificate.ends.toISOString() } }),
  };
}
