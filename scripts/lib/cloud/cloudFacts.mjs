// @ts-check
// What a cloud says of itself, and of what a stack has there already.
import { logIn } from "./openstackClient.mjs";
import { messageOf } from "../command/fail.mjs";
import { at } from "../command/json.mjs";
import { prefixOf } from "../command/paths.mjs";

/** @typedef {import("./cloudNeeds.mjs").CloudFacts} CloudFacts */
/** @typedef {import("./openstackClient.mjs").Service} Service */

/**
 * One thing of a list, as services tell it: the keys that are read here.
 * @typedef {object} Thing
 * @property {string} [id]
 * @property {string} [name]
 * @property {string} [description]
 * @property {number} [ram] MB
 * @property {number} [vcpus]
 * @property {number} [size] GB
 * @property {string} [zoneName]
 * @property {string} [status] of a VM: ACTIVE, ERROR
 * @property {string} [floating_ip_address]
 * @property {string | null} [port_id]
 */

/** Nova's and Cinder's names of a limit and of what is used of it. */
const novaLimits = {
  instances: ["maxTotalInstances", "totalInstancesUsed"],
  cores: ["maxTotalCores", "totalCoresUsed"],
  memory: ["maxTotalRAMSize", "totalRAMUsed"],
  serverGroups: ["maxServerGroups", "totalServerGroupsUsed"],
};
const cinderLimits = {
  volumes: ["maxTotalVolumes", "totalVolumesUsed"],
  gigabytes: ["maxTotalVolumeGigabytes", "totalGigabytesUsed"],
};
/** Neutron's names of what it counts. */
const neutronLimits = {
  floatingIps: "floatingip",
  networks: "network",
  subnets: "subnet",
  routers: "router",
  ports: "port",
  groups: "security_group",
  rules: "security_group_rule",
};

/**
 * Asks a cloud, all at once. A service that does not answer is among `silent`, and what it would have
 * said is left out.
 * @param {import("./openstackCredentials.mjs").Credentials} credentials
 * @param {string} stack
 * @returns {Promise<{ project: string, facts: CloudFacts, silent: string[] }>}
 */
export async function lookAtCloud(credentials, stack) {
  const cloud = await logIn(credentials);
  const { id: project = "", name = project } = cloud.project ?? {};
  const known = {
    objectStore: cloud.endpoint("object") !== undefined,
    restricted: cloud.restricted,
  };
  if (cloud.endpoint("compute") === undefined) {
    const regionMissing = cloud.regions.join(", ");
    const facts = { ...known, regionMissing, limits: {}, existing: { servers: [], ports: 0 } };
    return { project: name, facts, silent: [] };
  }
  /** @type {string[]} */
  const silent = [];
  const ask = (/** @type {Service} */ service, /** @type {string} */ path) =>
    cloud.get(service, path).catch((/** @type {unknown} */ error) => {
      silent.push(messageOf(error));
      return undefined;
    });
  /**
   * @param {Service} service
   * @param {string} path
   * @param {string} key
   */
  const list = async (service, path, key) => {
    const found = at(await ask(service, path), key);
    return Array.isArray(found) ? /** @type {Thing[]} */ (found) : undefined;
  };
  const prefix = `${prefixOf(stack)}-cloud`;
  const [flavors, networks, types, zones, addresses, compute, volume, network] = await Promise.all([
    list("compute", "/flavors/detail?limit=1000", "flavors"),
    list("network", "/networks", "networks"),
    list("volume", "/types", "volume_types"),
    list("compute", "/os-availability-zone", "availabilityZoneInfo"),
    list("network", `/floatingips?project_id=${project}`, "floatingips"),
    ask("compute", "/limits"),
    ask("volume", "/limits"),
    ask("network", `/quotas/${project}/details.json`),
  ]);
  const [servers = [], [ownVolume] = [], ports = [], groups = []] = await Promise.all([
    list("compute", `/servers/detail?name=${encodeURIComponent(`^${prefix}-`)}`, "servers"),
    list("volume", `/volumes/detail?name=${prefix}-data-volume`, "volumes"),
    list("network", `/ports?project_id=${project}&fields=name`, "ports"),
    list("network", `/security-groups?name=${prefix}-machines&fields=name`, "security_groups"),
  ]);
  return {
    project: name,
    silent,
    facts: {
      ...known,
      ...(flavors && {
        flavors: flavors.map(({ name = "", ram = 0, vcpus = 0 }) => ({
          ...{ name, memory: ram, cores: vcpus },
        })),
      }),
      ...(types && { volumeTypes: types.map(({ name = "" }) => name) }),
      ...(zones && { zones: zones.map(({ zoneName = "" }) => zoneName) }),
      ...(addresses && {
        floatingIps: addresses.map(({ floating_ip_address: address = "", port_id: port }) => ({
          ...{ address, port: Boolean(port) },
        })),
      }),
      limits: {
        ...absolute(compute, novaLimits),
        ...absolute(volume, cinderLimits),
        ...detailed(network),
      },
      existing: {
        servers: servers.map(({ name = "" }) => name.slice(prefix.length + 1)),
        broken: servers.flatMap(({ name, status }) => (status === "ERROR" ? [name ?? ""] : [])),
        ...(ownVolume && {
          volume: { id: ownVolume.id ?? "", gigabytes: ownVolume.size ?? 0 },
        }),
        floatingIp: addresses?.some(({ description }) => description === `${prefix}-address`),
        network: networks?.some(({ name }) => name === `${prefix}-network`),
        ports: ports.filter(({ name }) => name?.startsWith(`${prefix}-port-`)).length,
        groups: groups.length > 0,
      },
    },
  };
}

/** @param {unknown} answer @param {Record<string, string[]>} keys */
function absolute(answer, keys) {
  const limits = at(answer, "limits", "absolute");
  const found = Object.entries(keys).map(([name, [most = "", used = ""]]) => ({
    ...{ name, most: at(limits, most), used: Number(at(limits, used) ?? 0) },
  }));
  return known(found);
}

/** @param {unknown} answer */
function detailed(answer) {
  const found = Object.entries(neutronLimits).map(([name, key]) => {
    const {
      limit: most,
      used = 0,
      reserved = 0,
    } = /** @type {{ limit?: unknown, used?: number, reserved?: number }} */ (
      at(answer, "quota", key) ?? {}
    );
    return { name, most, used: used + reserved };
  });
  return known(found);
}

/** Those limits that the cloud tells. @param {{ name: string, most: unknown, used: number }[]} limits */
function known(limits) {
  return Object.fromEntries(
    limits.flatMap(({ name, most, used }) =>
      typeof most === "number" ? [[name, { most, used }]] : [],
    ),
  );
}
