// @ts-check
// What `status` shows of each machine: asked of its Docker engine, and of a container of ours on it,
// which sees the machine's memory, load and disk. No other way in is needed.
import { parseJson } from "../command/json.mjs";
import { knock } from "../docker/reach.mjs";

/**
 * @typedef {object} MachineStatus
 * @property {string} name
 * @property {boolean} healthy
 * @property {string} [problem] why it does not answer, or what is wrong with it
 * @property {string} [engine] Docker's version
 * @property {string} swarm "manager", "worker", "outside", with what is unusual
 * @property {{ free: number, total: number }} [memory]
 * @property {{ free: number, total: number }} [disk] where the engine keeps its data
 * @property {number} [load] of the last minute
 * @property {number} [cpus]
 * @property {{ student: string, bytes: number }[]} servers students' servers, the largest first
 * @property {string} [certificateEnds] of its engine's certificate, ISO 8601
 *
 * @typedef {{ ServerVersion?: string, NCPU?: number, Swarm?: { NodeID?: string, LocalNodeState?: string } }} EngineInfo
 * @typedef {{ ID?: string, Status?: string, Availability?: string, ManagerStatus?: string }} SwarmNode
 */

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<MachineStatus[]>}
 */
export async function lookAtMachines(engines) {
  const nodes = swarmNodes(engines);
  return Promise.all(engines.all.map((engine) => lookAtMachine(engines, engine, nodes)));
}

/**
 * The members of the Swarm by their ids.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<Map<string, SwarmNode>>}
 */
async function swarmNodes({ known: { hub } }) {
  const listed = await hub?.run(["node", "ls", "--format", "{{json .}}"]);
  const nodes = jsonLines(listed?.stdout ?? "");
  return new Map(nodes.map((node) => [node["ID"] ?? "", node]));
}

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {import("../docker/docker.mjs").Engine} engine
 * @param {Promise<Map<string, SwarmNode>>} nodes
 * @returns {Promise<MachineStatus>}
 */
async function lookAtMachine(engines, engine, nodes) {
  const name = engine.machine;
  const knocked = engine.remote === undefined ? {} : await knock(engine.remote);
  if (knocked.obstacle !== undefined) {
    return { name, healthy: false, problem: knocked.obstacle, swarm: "unknown", servers: [] };
  }
  const asked = await engine.run(["info", "--format", "{{json .}}"]);
  if (asked.code !== 0) {
    const [problem = "the engine does not answer"] = asked.stderr.trim().split("\n").slice(-1);
    return { name, healthy: false, problem, swarm: "unknown", servers: [] };
  }
  const info = /** @type {EngineInfo} */ (parseJson(asked.stdout));
  const apart = engines.several && engine === engines.known.proxy;
  const membership = apart ? outside(info) : member(info, await nodes);
  const [containers, certificate] = [
    await lookAtContainers(engine, engines.stack),
    knocked.certificateEnds,
  ];
  return {
    name,
    ...membership,
    ...(info.ServerVersion === undefined ? {} : { engine: info.ServerVersion }),
    ...(info.NCPU === undefined ? {} : { cpus: info.NCPU }),
    ...containers,
    ...(certificate === undefined ? {} : { certificateEnds: certificate }),
  };
}

/**
 * The proxy's machine holds no Swarm credentials.
 * @param {EngineInfo} info
 */
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
  const role = (node.ManagerStatus ?? "") === "" ? "worker" : "manager";
  const closed =
    node.Availability === "Active" ? "" : `, ${(node.Availability ?? "").toLowerCase()}`;
  if (node.Status === "Ready") return { healthy: true, swarm: `${role}${closed}` };
  const problem = `the manager says: ${node.Status ?? "nothing of it"}`;
  return { healthy: false, swarm: `${role}${closed}`, problem };
}

/**
 * Students' servers on a machine and, through another container of ours, what the machine has.
 * @param {import("../docker/docker.mjs").Engine} engine
 * @param {string} stack
 * @returns {Promise<Pick<MachineStatus, "memory" | "disk" | "load" | "servers">>}
 */
async function lookAtContainers(engine, stack) {
  const { stdout } = await engine.run([
    ...["ps", "--filter", `label=semesterhub.stack=${stack}`],
    ...["--format", '{{.ID}} {{.Label "semesterhub.student"}}'],
  ]);
  const lines = stdout.split("\n").map((line) => /^(\S+) ?(.*)$/.exec(line));
  const found = lines.flatMap((match) =>
    match === null ? [] : [[match[1] ?? "", match[2] ?? ""]],
  );
  const ours = found.find(([, student]) => student === "")?.[0];
  const students = new Map(
    found.flatMap(([id = "", student = ""]) => (student === "" ? [] : [[id, student]])),
  );
  const [facts, disk, servers] = await Promise.all([
    ours === undefined
      ? undefined
      : engine.run(["exec", ours, "cat", "/proc/meminfo", "/proc/loadavg"]),
    ours === undefined ? undefined : diskIn(engine, ours, "/"),
    memoryOf(engine, students),
  ]);
  return {
    ...machineFacts(facts?.stdout ?? ""),
    ...(disk === undefined ? {} : { disk }),
    servers,
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
 * @param {import("../docker/docker.mjs").Engine} engine
 * @param {string} container
 * @param {string} folder
 * @returns {Promise<{ free: number, total: number } | undefined>}
 */
export async function diskIn(engine, container, folder) {
  const { code, stdout } = await engine.run(["exec", container, "df", "-P", "-B1", folder]);
  const match = /\s(\d+)\s+\d+\s+(\d+)\s+\d+%\s/.exec(stdout);
  return code !== 0 || match === null
    ? undefined
    : { free: Number(match[2]), total: Number(match[1]) };
}

/**
 * @param {import("../docker/docker.mjs").Engine} engine
 * @param {ReadonlyMap<string, string>} students by container
 * @returns {Promise<{ student: string, bytes: number }[]>}
 */
async function memoryOf(engine, students) {
  if (students.size === 0) return [];
  const format = ["--no-stream", "--format", "{{.ID}} {{.MemUsage}}"];
  const { stdout } = await engine.run(["stats", ...format, ...students.keys()]);
  const used = new Map(
    stdout
      .split("\n")
      .map((line) => /^(\S+) ([\d.]+)([KMGT]?i?B)/.exec(line))
      .flatMap((match) =>
        match === null ? [] : [[match[1] ?? "", dockerBytes(match[2] ?? "", match[3] ?? "")]],
      ),
  );
  return [...students]
    .map(([id, student]) => ({ student, bytes: used.get(id) ?? 0 }))
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
 * @param {string} text
 * @returns {Record<string, string>[]}
 */
export function jsonLines(text) {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => /** @type {Record<string, string>} */ (parseJson(line)));
}
