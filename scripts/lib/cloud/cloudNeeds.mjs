// @ts-check
// Whether a semester fits into a cloud: what it needs against what the cloud says it has. Pure.
import { counted, formatBytes, listed } from "../command/text.mjs";
import { withNamed } from "../computer/capacity.mjs";

/**
 * @typedef {import("../computer/capacity.mjs").Finding} Finding
 * @typedef {import("../../../config/types.js").OpenStackConfig} OpenStackConfig
 * @typedef {import("../../../config/types.js").SemesterConfig & { platform: OpenStackConfig }} CloudConfig
 * @typedef {(config: CloudConfig, facts: CloudFacts) => Finding[]} Judge
 *
 * @typedef {object} Flavor
 * @property {string} name
 * @property {number} memory MB
 * @property {number} cores
 *
 * @typedef {object} CloudFacts what a cloud has; a part that could not be asked for is absent
 * @property {Flavor[]} [flavors]
 * @property {string[]} [volumeTypes]
 * @property {string[]} [zones]
 * @property {string} [regionMissing] names of the regions, where the wanted one is not one
 * @property {{ address: string, port: boolean }[]} [floatingIps]
 * @property {boolean} objectStore
 * @property {boolean} restricted whether the operator's credential may not make others
 * @property {Partial<Record<keyof typeof quotas, { most: number, used: number }>>} limits most is -1 where
 *   there is none
 * @property {Existing} existing what this stack has there already
 *
 * @typedef {object} Existing
 * @property {string[]} servers machines' names: proxy, hub, node-1
 * @property {string[]} [broken] whole names of those that the cloud says are in error
 * @property {{ id: string, gigabytes: number }} [volume] of the course's data
 * @property {boolean | undefined} [floatingIp]
 * @property {boolean | undefined} [network]
 * @property {number} ports
 * @property {boolean} [groups]
 */

/** Flavors say their memory in these. */
export const mebibyte = 2 ** 20;
/** What Debian and Docker leave of a node to the students. */
const systemMemory = 1024 * mebibyte;

/** What quotas are about, as they are said. */
const quotas = {
  instances: "instances",
  cores: "cores",
  memory: "MB of memory",
  serverGroups: "server groups",
  volumes: "volumes",
  gigabytes: "GB of volumes",
  floatingIps: "floating IPs",
  networks: "networks",
  subnets: "subnets",
  routers: "routers",
  ports: "ports",
  groups: "security groups",
  rules: "security group rules",
};

/**
 * How much more the semester takes than it has already.
 * @param {CloudConfig} config
 * @param {CloudFacts} facts
 * @returns {Record<keyof typeof quotas, number>}
 */
function needs({ platform }, { flavors = [], existing }) {
  const { network, nodes, adminCidrs, dataVolumeGb, bootVolumeGb: boot = 0 } = platform;
  const { proxy, hub, storage, node } = platform.flavors;
  const machines = [
    { name: "proxy", flavor: proxy },
    { name: "hub", flavor: hub },
    ...(storage === undefined ? [] : [{ name: "storage", flavor: storage }]),
    ...nodes.names.map((name) => ({ name, flavor: node })),
  ];
  const missing = machines.filter(({ name }) => !existing.servers.includes(name));
  const sizes = missing.map(({ flavor }) => flavors.find(({ name }) => name === flavor));
  const sum = (/** @type {"cores" | "memory"} */ of) =>
    sizes.reduce((total, size) => total + (size?.[of] ?? 0), 0);
  const fixed = network.kind === "fixed";
  const routed = network.kind === "routed" && !existing.network ? 1 : 0;
  const ownAddress = !fixed && network.floatingIp === undefined && !existing.floatingIp;
  const groups = existing.groups ? 0 : 3;
  return {
    instances: missing.length,
    cores: sum("cores"),
    memory: sum("memory"),
    serverGroups: nodes.spread !== "none" && !existing.groups ? 1 : 0,
    volumes: (existing.volume ? 0 : 1) + (boot > 0 ? missing.length : 0),
    gigabytes:
      Math.max(0, dataVolumeGb - (existing.volume?.gigabytes ?? 0)) + boot * missing.length,
    floatingIps: ownAddress ? 1 : 0,
    networks: routed,
    subnets: routed,
    routers: routed,
    // The router has one too, and the name server of the network.
    ports: Math.max(0, machines.length * (fixed ? 2 : 1) - existing.ports) + 2 * routed,
    groups,
    // Two for everybody, two for each network of admins, and what each group lets out.
    rules: groups === 0 ? 0 : 9 + 2 * adminCidrs.length,
  };
}

/**
 * What the quotas don't allow, in one finding.
 * @param {CloudConfig} config
 * @param {CloudFacts} facts
 * @returns {Finding}
 */
export function judgeQuotas(config, facts) {
  const wanted = needs(config, facts);
  const keys = /** @type {(keyof typeof quotas)[]} */ (Object.keys(quotas));
  const short = keys.flatMap((key) => {
    const { most = -1, used = 0 } = facts.limits[key] ?? {};
    const free = Math.max(0, most - used);
    if (most < 0 || wanted[key] <= free) return [];
    return `${wanted[key] - free} more ${quotas[key]} (${wanted[key]} needed, ${free} of ${most} free)`;
  });
  if (short.length > 0) {
    return {
      how: "failed",
      text: `the project's quota lacks ${listed(short)}`,
      fix: "Ask the cloud's operators for a larger quota, or make the course smaller: fewer nodes, smaller flavors or volume.",
    };
  }
  const { instances, cores, memory, gigabytes } = wanted;
  return {
    how: "ok",
    text:
      instances === 0 && gigabytes === 0
        ? "quota: nothing more is needed"
        : `quota: room for ${counted(instances, "instance")}, ${counted(cores, "core")}, ${formatBytes(memory * mebibyte)} of memory and ${gigabytes} GB of volumes more`,
  };
}

/** A volume that is there can't be made smaller. @type {Judge} */
export const judgeVolume = ({ platform: { dataVolumeGb } }, { existing: { volume } }) => {
  if (volume === undefined || dataVolumeGb >= volume.gigabytes) return [];
  return [
    {
      how: "failed",
      text: `the data volume has ${volume.gigabytes} GB, and a volume never shrinks to ${dataVolumeGb} GB`,
      fix: `Change semesterhub:openstack dataVolumeGb to ${volume.gigabytes} or more.`,
    },
  ];
};

/** A VM that the cloud gave up. Pulumi waits for its SSH server, and does not ask how it is. @type {Judge} */
export const judgeServers = (_, { existing: { broken = [] } }) =>
  broken.map((name) => ({
    how: /** @type {const} */ ("warning"),
    text: `the cloud says that the VM ${name} is in ERROR`,
    fix: `openstack server show ${name} says why. One that was never up is made again now; for another, raise its generation in semesterhub:openstack generations.`,
  }));

/** How many students fit at once: the nodes' memory over what one may use. @type {Judge} */
export const judgeCapacity = ({ platform, student, spawn: { activeServers } }, facts) => {
  const nodes = platform.nodes.names.length;
  const { node, hub } = platform.flavors;
  const flavor = facts.flavors?.find(({ name }) => name === (nodes > 0 ? node : hub));
  if (flavor === undefined) return [];
  const memory = flavor.memory * mebibyte;
  const onOne = (/** @type {number} */ share) =>
    Math.max(0, Math.floor((memory - systemMemory) / share));
  const each = onOne(student.memoryBytes);
  const machines = Math.max(1, nodes);
  const most = each * machines;
  const computing = Math.min(most, Math.floor((flavor.cores * machines) / student.cpus));
  const where = nodes > 0 ? counted(nodes, "node") : "the hub's machine";
  const text = `${counted(most, "student")} at once at ${formatBytes(student.memoryBytes)} each: ${where} of ${formatBytes(memory)}, ${each} on each; ${computing} of them can compute with ${counted(student.cpus, "CPU")} each${withNamed(student, (share) => onOne(share) * machines)}`;
  if (most === 0) return [{ how: "failed", text, fix: "Choose a larger flavor for the nodes." }];
  if (activeServers <= most) return [{ how: "ok", text }];
  const warning = `${text}; semesterhub:spawn activeServers lets ${activeServers} start, who then have less than their limit`;
  return [{ how: "warning", text: warning }];
};
