// @ts-check
// Whether a semester fits into a cloud: what it needs against what the cloud says it has. Pure.
import { counted, formatBytes, listed } from "../command/text.mjs";

/** @typedef {import("../computer/capacity.mjs").Finding} Finding */
/** @typedef {import("./cloudSettings.mjs").CloudSettings} CloudSettings */

/**
 * @typedef {object} Flavor
 * @property {string} name
 * @property {number} memory MB
 * @property {number} cores
 * @property {number} disk GB
 *
 * @typedef {object} Limit
 * @property {number} most -1: as many as one likes
 * @property {number} used
 *
 * @typedef {Partial<Record<keyof typeof quotas, Limit>>} Limits
 *
 * @typedef {object} CloudFacts what a cloud has; a part that could not be asked for is absent
 * @property {Flavor[]} [flavors]
 * @property {string[]} [volumeTypes]
 * @property {string[]} [zones]
 * @property {string | undefined} [regionMissing] names of the regions, where the wanted one is not one
 * @property {{ address: string, port: boolean }[]} [floatingIps]
 * @property {boolean} objectStore
 * @property {boolean} restricted whether the operator's credential may not make others
 * @property {Limits} limits
 * @property {Existing} existing what this stack has there already
 *
 * @typedef {object} Existing
 * @property {string[]} servers machines' names: proxy, hub, node-1
 * @property {boolean} volume
 * @property {string} volumeId
 * @property {number} volumeGb
 * @property {boolean} floatingIp
 * @property {boolean} network
 * @property {number} ports
 * @property {boolean} groups
 * @property {boolean} credential
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
 * Every machine, with its flavor.
 * @param {CloudSettings} settings
 */
export function machinesOf({ nodes, flavors }) {
  return [
    { name: "proxy", flavor: flavors.proxy },
    { name: "hub", flavor: flavors.hub },
    ...(flavors.storage === undefined ? [] : [{ name: "storage", flavor: flavors.storage }]),
    ...nodes.map((name) => ({ name, flavor: flavors.node })),
  ];
}

/**
 * How much more the semester takes than it has already.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Record<keyof typeof quotas, number>}
 */
export function needs(settings, { flavors = [], existing }) {
  const missing = machinesOf(settings).filter(({ name }) => !existing.servers.includes(name));
  const sizes = missing.map(({ flavor }) => flavors.find(({ name }) => name === flavor));
  /** @param {(flavor: Flavor) => number} of */
  const sum = (of) => sizes.reduce((total, size) => total + (size === undefined ? 0 : of(size)), 0);
  const routed = settings.network === "routed" && !existing.network;
  const boot = settings.bootVolumeGb ?? 0;
  const ports = machinesOf(settings).length * (settings.network === "fixed" ? 2 : 1);
  const groups = existing.groups ? 0 : 3;
  return {
    instances: missing.length,
    cores: sum(({ cores }) => cores),
    memory: sum(({ memory }) => memory),
    serverGroups: settings.spread && !existing.groups ? 1 : 0,
    volumes: (existing.volume ? 0 : 1) + (boot > 0 ? missing.length : 0),
    gigabytes: Math.max(0, settings.dataVolumeGb - existing.volumeGb) + boot * missing.length,
    floatingIps:
      settings.network === "fixed" || settings.floatingIp !== undefined || existing.floatingIp
        ? 0
        : 1,
    networks: routed ? 1 : 0,
    subnets: routed ? 1 : 0,
    routers: routed ? 1 : 0,
    // The router has one too, and the name server of the network.
    ports: Math.max(0, ports - existing.ports) + (routed ? 2 : 0),
    groups,
    // Two for everybody, two for each network of admins, and what each group lets out.
    rules: groups === 0 ? 0 : 9 + 2 * settings.adminCidrs,
  };
}

/**
 * What the quotas don't allow, in one finding.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding}
 */
export function judgeQuotas(settings, facts) {
  const wanted = needs(settings, facts);
  /** @type {string[]} */
  const short = [];
  for (const key of /** @type {(keyof typeof quotas)[]} */ (Object.keys(quotas))) {
    const limit = facts.limits[key];
    if (limit === undefined || limit.most < 0 || wanted[key] === 0) continue;
    const free = Math.max(0, limit.most - limit.used);
    if (wanted[key] <= free) continue;
    short.push(
      `${String(wanted[key] - free)} more ${quotas[key]} (${String(wanted[key])} needed, ${String(free)} of ${String(limit.most)} free)`,
    );
  }
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
        : `quota: room for ${counted(instances, "instance")}, ${counted(cores, "core")}, ${formatBytes(memory * mebibyte)} of memory and ${String(gigabytes)} GB of volumes more`,
  };
}

/**
 * A volume that is there can't be made smaller.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
export function judgeVolume({ dataVolumeGb }, { existing }) {
  if (dataVolumeGb >= existing.volumeGb) return [];
  return [
    {
      how: "failed",
      text: `the data volume has ${String(existing.volumeGb)} GB, and a volume never shrinks to ${String(dataVolumeGb)} GB`,
      fix: `Change semesterhub:openstack dataVolumeGb to ${String(existing.volumeGb)} or more.`,
    },
  ];
}

/**
 * How many students fit at once: the nodes' memory over what one may use.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
export function judgeCapacity(
  { nodes: { length: nodes }, flavors, studentMemory, studentCpus, activeServers },
  facts,
) {
  const flavor = facts.flavors?.find(
    ({ name }) => name === (nodes > 0 ? flavors.node : flavors.hub),
  );
  if (flavor === undefined) return [];
  const each = Math.max(0, Math.floor((flavor.memory * mebibyte - systemMemory) / studentMemory));
  const machines = Math.max(1, nodes);
  const most = each * machines;
  const computing = Math.min(most, Math.floor((flavor.cores * machines) / studentCpus));
  const where = nodes > 0 ? counted(nodes, "node") : "the hub's machine";
  const text = `${counted(most, "student")} at once at ${formatBytes(studentMemory)} each: ${where} of ${formatBytes(flavor.memory * mebibyte)}, ${String(each)} on each; ${String(computing)} of them can compute with ${counted(studentCpus, "CPU")} each`;
  if (most === 0) return [{ how: "failed", text, fix: "Choose a larger flavor for the nodes." }];
  return activeServers !== undefined && activeServers > most
    ? [
        {
          how: "warning",
          text: `${text}; semesterhub:spawn activeServers lets ${String(activeServers)} start, who then have less than their limit`,
        },
      ]
    : [{ how: "ok", text }];
}
