// @ts-check
// What a cloud says of itself, and of what a stack has there already.
import { logIn } from "./openstackClient.mjs";
import { prefixOf } from "../command/paths.mjs";

/** @typedef {import("./openstackClient.mjs").Cloud} Cloud */
/** @typedef {import("./cloudNeeds.mjs").CloudFacts} CloudFacts */
/** @typedef {import("./cloudSettings.mjs").CloudSettings} CloudSettings */

/** A list of JSON objects, as services answer. */
/** @typedef {Record<string, unknown>[]} Things */

/**
 * Asks a cloud, all at once. A service that does not answer is among `silent`, and what it would have
 * said is left out.
 * @param {import("./openstackCredentials.mjs").Credentials} credentials
 * @param {CloudSettings} settings
 * @returns {Promise<{ project: string, facts: CloudFacts, silent: string[] }>}
 */
export async function lookAtCloud(credentials, settings) {
  const cloud = await logIn(credentials);
  /** @type {string[]} */
  const silent = [];
  /**
   * @template T
   * @param {Promise<T>} question
   * @returns {Promise<T | undefined>}
   */
  const may = async (question) => {
    try {
      return await question;
    } catch (error) {
      silent.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  /**
   * @param {import("./openstackClient.mjs").Service} service
   * @param {string} path
   * @param {string} key
   */
  const list = (service, path, key) =>
    may(cloud.get(service, path).then((answer) => things(at(answer, key))));

  const prefix = `${prefixOf(settings.stack)}-cloud`;
  const project = cloud.project?.id ?? "";
  const known = cloud.endpoint("compute") !== undefined;
  if (!known) {
    return {
      project: cloud.project?.name ?? project,
      facts: { ...nothing(cloud), regionMissing: cloud.regions.join(", ") },
      silent,
    };
  }
  const [flavors, networks, types, zones, addresses, compute, volumes, network] = await Promise.all(
    [
      list("compute", "/flavors/detail?limit=1000", "flavors"),
      list("network", "/networks", "networks"),
      list("volume", "/types", "volume_types"),
      list("compute", "/os-availability-zone", "availabilityZoneInfo"),
      list("network", `/floatingips?project_id=${project}`, "floatingips"),
      may(cloud.get("compute", "/limits")),
      may(cloud.get("volume", "/limits")),
      may(cloud.get("network", `/quotas/${project}/details.json`)),
    ],
  );
  const [servers, ownVolumes, ports, groups] = await Promise.all([
    list("compute", `/servers?name=${encodeURIComponent(`^${prefix}-`)}`, "servers"),
    list("volume", `/volumes/detail?name=${prefix}-data-volume`, "volumes"),
    list("network", `/ports?project_id=${project}&fields=name`, "ports"),
    list("network", `/security-groups?name=${prefix}-machines&fields=name`, "security_groups"),
  ]);
  const text = (/** @type {unknown} */ thing, /** @type {string} */ key) => {
    const found = at(thing, key);
    return typeof found === "string" ? found : "";
  };
  const number = (/** @type {unknown} */ thing, /** @type {string} */ key) =>
    Number(at(thing, key) ?? 0);
  return {
    project: cloud.project?.name ?? project,
    silent,
    facts: {
      ...nothing(cloud),
      ...(flavors && {
        flavors: flavors.map((one) => ({
          name: text(one, "name"),
          memory: number(one, "ram"),
          cores: number(one, "vcpus"),
          disk: number(one, "disk"),
        })),
      }),
      ...(types && { volumeTypes: types.map((one) => text(one, "name")) }),
      ...(zones && { zones: zones.map((one) => text(one, "zoneName")) }),
      ...(addresses && {
        floatingIps: addresses.map((one) => ({
          address: text(one, "floating_ip_address"),
          port: text(one, "port_id") !== "",
        })),
      }),
      limits: {
        ...absolute(compute, {
          instances: ["maxTotalInstances", "totalInstancesUsed"],
          cores: ["maxTotalCores", "totalCoresUsed"],
          memory: ["maxTotalRAMSize", "totalRAMUsed"],
          serverGroups: ["maxServerGroups", "totalServerGroupsUsed"],
        }),
        ...absolute(volumes, {
          volumes: ["maxTotalVolumes", "totalVolumesUsed"],
          gigabytes: ["maxTotalVolumeGigabytes", "totalGigabytesUsed"],
        }),
        ...detailed(network),
      },
      existing: {
        servers: (servers ?? []).map((one) => text(one, "name").slice(prefix.length + 1)),
        volume: (ownVolumes ?? []).length > 0,
        volumeId: text(ownVolumes?.[0], "id"),
        volumeGb: number(ownVolumes?.[0], "size"),
        floatingIp: (addresses ?? []).some(
          (one) => text(one, "description") === `${prefix}-address`,
        ),
        network: (networks ?? []).some((one) => text(one, "name") === `${prefix}-network`),
        ports: (ports ?? []).filter((one) => text(one, "name").startsWith(`${prefix}-port-`))
          .length,
        groups: (groups ?? []).length > 0,
        // Whoever has machines there has what was made before them.
        credential: (servers ?? []).length > 0,
      },
    },
  };
}

/**
 * What is known of a cloud that answers nothing but who the operator is.
 * @param {Cloud} cloud
 * @returns {CloudFacts}
 */
function nothing(cloud) {
  return {
    objectStore: cloud.endpoint("object") !== undefined,
    restricted: cloud.restricted,
    limits: {},
    existing: {
      servers: [],
      volume: false,
      volumeId: "",
      volumeGb: 0,
      floatingIp: false,
      network: false,
      ports: 0,
      groups: false,
      credential: false,
    },
  };
}

/**
 * The limits of Nova and Cinder.
 * @param {unknown} answer
 * @param {Record<string, [most: string, used: string]>} keys
 */
function absolute(answer, keys) {
  const limits = at(at(answer, "limits"), "absolute");
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, [most, used]]) => {
      const [known, taken] = [at(limits, most), at(limits, used)];
      return typeof known === "number"
        ? [[name, { most: known, used: typeof taken === "number" ? taken : 0 }]]
        : [];
    }),
  );
}

/**
 * The quota of Neutron.
 * @param {unknown} answer
 */
function detailed(answer) {
  const quota = at(answer, "quota");
  const keys = {
    floatingIps: "floatingip",
    networks: "network",
    subnets: "subnet",
    routers: "router",
    ports: "port",
    groups: "security_group",
    rules: "security_group_rule",
  };
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, key]) => {
      const one = at(quota, key);
      const most = at(one, "limit");
      if (typeof most !== "number") return [];
      return [
        [name, { most, used: Number(at(one, "used") ?? 0) + Number(at(one, "reserved") ?? 0) }],
      ];
    }),
  );
}

/**
 * @param {unknown} thing
 * @param {string} key
 * @returns {unknown}
 */
function at(thing, key) {
  return typeof thing === "object" && thing !== null ? Reflect.get(thing, key) : undefined;
}

/**
 * @param {unknown} list
 * @returns {Things}
 */
function things(list) {
  return Array.isArray(list) ? /** @type {Things} */ (list) : [];
}
