// @ts-check
// The machines of a course: whether their engines answer, what they have free, which servers they run.
import { knock } from "../docker/reach.mjs";
import { reasonOf } from "../docker/engine.mjs";

/**
 * @typedef {object} MachineStatus
 * @property {string} name
 * @property {boolean} healthy
 * @property {string} [problem]
 * @property {string} [engine] version
 * @property {string} swarm "manager", "worker", "outside", with what is unusual
 * @property {{ free: number, total: number }} [memory]
 * @property {{ free: number, total: number }} [disk] where the engine keeps its data
 * @property {number} [load] of the last minute
 * @property {number} [cpus]
 * @property {{ student: string, bytes: number }[]} servers students' servers, the largest first; a named
 *   one as student/server
 * @property {string} [certificateEnds] of its engine's certificate, ISO 8601
 *
 * @typedef {import("../docker/engine.mjs").Engine} Engine
 * @typedef {import("../docker/engine.mjs").EngineInfo} EngineInfo
 * @typedef {import("../docker/engine.mjs").SwarmNode} SwarmNode
 */

/** @param {import("../docker/engines.mjs").Engines} engines @returns {Promise<MachineStatus[]>} */
export async function lookAtMachines(engines) {
  const { all, known, several, stack } = engines;
  const members = (known.hub?.nodes() ?? Promise.resolve([])).then(
    (nodes) => new Map(nodes.map((node) => [node.ID ?? "", node])),
  );
  return Promise.all(
    all.map(async (engine) => {
      const name = engine.machine;
      const { obstacle, ...knocked } =
        engine.remote === undefined ? {} : await knock(engine.remote);
      const silent = (/** @type {string} */ problem) => ({
        ...{ name, healthy: false, problem, swarm: "unknown", servers: [] },
      });
      if (obstacle !== undefined) return silent(obstacle);
      try {
        const info = await engine.info();
        const apart = several && engine === known.proxy;
        return {
          name,
          ...(apart ? outside(info) : member(info, await members)),
          ...(info.ServerVersion !== undefined && { engine: info.ServerVersion }),
          ...(info.NCPU !== undefined && { cpus: info.NCPU }),
          ...(await lookAtContainers(engine, stack)),
          ...knocked,
        };
      } catch (error) {
        return silent(reasonOf(error));
      }
    }),
  );
}

/** The proxy's machine holds no Swarm credentials. @param {EngineInfo} info */
function outside({ Swarm: swarm }) {
  const healthy = swarm?.LocalNodeState === "inactive";
  return healthy
    ? { healthy, swarm: "outside" }
    : { healthy, swarm: "IN A SWARM", problem: "the public machine should be in no Swarm" };
}

/**
 * What the Swarm's manager says of a machine.
 * @param {EngineInfo} info
 * @param {ReadonlyMap<string, SwarmNode>} nodes
 * @returns {Pick<MachineStatus, "healthy" | "swarm" | "problem">}
 */
export function member({ Swarm: swarm }, nodes) {
  const state = swarm?.LocalNodeState ?? "inactive";
  const node = nodes.get(swarm?.NodeID ?? "");
  if (state !== "active" || node === undefined) {
    const problem = state === "active" ? "the manager does not know it" : `Swarm: ${state}`;
    return { healthy: false, swarm: state, problem };
  }
  const { Spec: { Availability: availability = "" } = {}, Status: { State: is = "nothing" } = {} } =
    node;
  const role = node.ManagerStatus === undefined ? "worker" : "manager";
  const described = availability === "active" ? role : `${role}, ${availability}`;
  if (is === "ready") return { healthy: true, swarm: described };
  return { healthy: false, swarm: described, problem: `the manager says: ${is}` };
}

/**
 * Students' servers on a machine and, through another container of ours, what the machine has.
 * @param {Engine} engine
 * @param {string} stack
 * @returns {Promise<Pick<MachineStatus, "memory" | "disk" | "load" | "servers">>}
 */
async function lookAtContainers(engine, stack) {
  const found = await engine.containers({ label: [`semesterhub.stack=${stack}`] });
  const studentOf = (/** @type {{ Labels: Record<string, string> }} */ { Labels }) =>
    Labels["semesterhub.student"];
  const ours = found.find((container) => studentOf(container) === undefined)?.Id;
  const about = ["cat", "/proc/meminfo", "/proc/loadavg"];
  const [facts, disk, servers] = await Promise.all([
    ours && engine.exec(ours, about).catch(() => undefined),
    ours && diskIn(engine, ours, "/"),
    Promise.all(
      found.flatMap((container) => {
        const student = studentOf(container);
        if (student === undefined) return [];
        const server = container.Labels["semesterhub.server"];
        const name = server === undefined ? student : `${student}/${server}`;
        return [memoryOf(engine, container.Id, name)];
      }),
    ),
  ]);
  return {
    ...machineFacts(facts ? facts.stdout : ""),
    ...(disk && { disk }),
    servers: servers.sort((a, b) => b.bytes - a.bytes),
  };
}

/**
 * /proc/meminfo and /proc/loadavg of a machine.
 * @param {string} text
 * @returns {Pick<MachineStatus, "memory" | "load">}
 */
export function machineFacts(text) {
  const amount = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
  const [free, total] = [amount("MemAvailable"), amount("MemTotal")];
  const load = Number(/^(\d+\.\d+) \d+\.\d+ \d+\.\d+ /m.exec(text)?.[1]);
  return {
    ...(Number.isNaN(free + total) ? {} : { memory: { free, total } }),
    ...(Number.isNaN(load) ? {} : { load }),
  };
}

/**
 * The disk that a folder in a container is on.
 * @param {Engine} engine
 * @param {string} container
 * @param {string} folder
 * @returns {Promise<{ free: number, total: number } | undefined>}
 */
export async function diskIn(engine, container, folder) {
  const ran = await engine.exec(container, ["df", "-P", "-B1", folder]).catch(() => undefined);
  const match = /\s(\d+)\s+\d+\s+(\d+)\s+\d+%\s/.exec(ran?.stdout ?? "");
  return match === null ? undefined : { free: Number(match[2]), total: Number(match[1]) };
}

/**
 * @param {Engine} engine
 * @param {string} container
 * @param {string} student
 * @returns {Promise<{ student: string, bytes: number }>}
 */
async function memoryOf(engine, container, student) {
  // "one-shot": no second look, a second later, for how busy the processors are.
  const options = { stream: /** @type {const} */ (false), "one-shot": true };
  const stats = await engine.docker
    .getContainer(container)
    .stats(options)
    .catch(() => undefined);
  return { student, bytes: usedMemory(stats?.memory_stats) };
}

/**
 * Memory in use without what the kernel would give back, as `docker stats` counts it.
 * @param {{ usage?: number, stats?: object } | undefined} memory
 */
export function usedMemory(memory) {
  const { total_inactive_file: first, inactive_file: second } =
    /** @type {{ total_inactive_file?: number, inactive_file?: number }} */ (memory?.stats ?? {});
  return Math.max(0, (memory?.usage ?? 0) - (first ?? second ?? 0));
}
