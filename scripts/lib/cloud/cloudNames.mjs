// @ts-check
// Whether a cloud has what the configuration names: flavors, image, networks, … Pure.
import { mebibyte } from "./cloudNeeds.mjs";
import { formatBytes } from "../command/text.mjs";

/** @typedef {import("../computer/capacity.mjs").Finding} Finding */
/** @typedef {import("./cloudSettings.mjs").CloudSettings} CloudSettings */
/** @typedef {import("./cloudNeeds.mjs").CloudFacts} CloudFacts */

/**
 * Whether everything that the configuration names is there.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
export function judgeNames(settings, facts) {
  return [
    ...judgeFlavors(settings, facts),
    ...judgeImage(settings, facts),
    ...judgeNetworks(settings, facts),
    ...judgeFloatingIp(settings, facts),
    ...named("volume type", settings.dataVolumeType, facts.volumeTypes, "dataVolumeType"),
    ...named("availability zone", settings.availabilityZone, facts.zones, "availabilityZone"),
    ...judgeServices(settings, facts),
  ];
}

/**
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
export function judgeRegion({ region }, { regionMissing }) {
  return regionMissing === undefined
    ? []
    : [failed(`the cloud has no region ${region ?? ""}; it has ${regionMissing}`, "region")];
}

/**
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
function judgeFlavors({ flavors, nodes, nodeMemory, studentMemory, bootVolumeGb }, facts) {
  if (facts.flavors === undefined) return [];
  const known = facts.flavors;
  /** @type {Finding[]} */
  const findings = [];
  for (const role of /** @type {const} */ (["proxy", "hub", "storage", "node"])) {
    const wanted = flavors[role];
    if (wanted === undefined || (role === "node" && nodes.length === 0)) continue;
    const flavor = known.find(({ name }) => name === wanted);
    if (flavor === undefined) {
      findings.push(
        ...named(
          "flavor",
          wanted,
          known.map(({ name }) => name),
          `flavors.${role}`,
        ),
      );
      continue;
    }
    if (flavor.disk === 0 && bootVolumeGb === undefined) {
      findings.push(
        failed(
          `the flavor ${flavor.name} has no disk of its own`,
          `flavors.${role}`,
          "Set semesterhub:openstack bootVolumeGb, for example 40, or choose another flavor.",
        ),
      );
    }
    const runsStudents = role === "node" || (role === "hub" && nodes.length === 0);
    if (runsStudents && flavor.memory * mebibyte < studentMemory) {
      findings.push(
        failed(
          `the flavor ${flavor.name} has ${formatBytes(flavor.memory * mebibyte)} of memory, and one student's server may use ${formatBytes(studentMemory)}`,
          `flavors.${role}`,
          "Choose a larger flavor, or a smaller semesterhub:student memory.",
        ),
      );
    }
    if (role === "node" && nodeMemory !== undefined && nodeMemory > flavor.memory * mebibyte) {
      findings.push({
        how: "warning",
        text: `semesterhub:openstack nodes.memory says ${formatBytes(nodeMemory)}, and the flavor ${flavor.name} has ${formatBytes(flavor.memory * mebibyte)}`,
      });
    }
  }
  return findings;
}

/**
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
function judgeImage({ image, flavors, bootVolumeGb }, { images, flavors: known = [] }) {
  if (images === undefined) return [];
  const [first, ...others] = images;
  if (first === undefined) {
    return [
      failed(
        `the cloud has no image ${image}`,
        "image",
        "openstack image list shows its images. Debian's own: https://cloud.debian.org/images/cloud, generic, for amd64.",
      ),
    ];
  }
  if (others.length > 0 && bootVolumeGb === undefined) {
    return [
      failed(
        `the cloud has ${String(images.length)} images called ${image}`,
        "image",
        "Rename the one you mean (openstack image set --name), and write that name.",
      ),
    ];
  }
  return Object.values(flavors).flatMap((name) => {
    const flavor = known.find((one) => one.name === name);
    if (flavor === undefined) return [];
    const disk = bootVolumeGb ?? flavor.disk;
    const small =
      disk < first.minDisk && disk > 0 ? `a disk of ${String(first.minDisk)} GB` : undefined;
    const slow =
      flavor.memory < first.minMemory ? `${String(first.minMemory)} MB of memory` : undefined;
    const lacks = small ?? slow;
    return lacks === undefined
      ? []
      : [failed(`the image ${image} needs ${lacks}, and the flavor ${name} has less`, "flavors")];
  });
}

/**
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
function judgeNetworks({ networks: wanted }, { networks }) {
  if (networks === undefined) return [];
  return Object.entries(wanted).flatMap(([key, name]) => {
    const external = key === "externalNetwork";
    const found = networks.filter((network) => network.name === name || network.id === name);
    if (found.length > 1) {
      return [
        failed(
          `the cloud has ${String(found.length)} networks called ${name}`,
          `network.${key}`,
          "Write the ID of the one you mean: openstack network list.",
        ),
      ];
    }
    const [network] = found;
    if (network !== undefined && (!external || network.external)) return [];
    const fitting = networks.filter((one) => !external || one.external).map((one) => one.name);
    return network === undefined
      ? named(external ? "external network" : "network", name, fitting, `network.${key}`)
      : [
          failed(
            `the network ${name} is not external: no floating IP comes from it`,
            `network.${key}`,
            `External ones: ${fitting.join(", ") || "none"}.`,
          ),
        ];
  });
}

/**
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
function judgeFloatingIp({ floatingIp }, { floatingIps, existing }) {
  if (floatingIp === undefined || floatingIps === undefined) return [];
  const found = floatingIps.find(({ address }) => address === floatingIp);
  if (found === undefined) {
    const free = floatingIps.filter(({ port }) => !port).map(({ address }) => address);
    return named("floating IP", floatingIp, free, "network.floatingIp");
  }
  // Once this stack's proxy is there, it is what the address leads to.
  return found.port && !existing.servers.includes("proxy")
    ? [failed(`the floating IP ${floatingIp} leads to another machine`, "network.floatingIp")]
    : [];
}

/**
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
function judgeServices({ objectStore, makesCredential, dnsZone }, facts) {
  /** @type {Finding[]} */
  const findings = [];
  if (objectStore && !facts.objectStore) {
    findings.push({
      how: "failed",
      text: "the cloud has no object store, and backups go to swift://",
      fix: "Set semesterhub:backup target to another place, for example sftp://user@host/folder.",
    });
  } else if (objectStore && makesCredential && facts.restricted && !facts.existing.credential) {
    findings.push({
      how: "failed",
      text: "your credential is a restricted one, which may not make the credential that backups use",
      fix: "Make one for the backups in the dashboard and set semesterhub:openstack backupCredential; or work with an unrestricted one.",
    });
  }
  if (dnsZone !== undefined)
    findings.push(...named("zone", dnsZone, facts.dnsZones ?? [], "dnsZone"));
  return findings;
}

/**
 * @param {string} what
 * @param {string | undefined} wanted
 * @param {string[] | undefined} known
 * @param {string} key
 * @returns {Finding[]}
 */
function named(what, wanted, known, key) {
  if (wanted === undefined || known === undefined || known.includes(wanted)) return [];
  const shown = known.slice(0, 12).join(", ") + (known.length > 12 ? ", …" : "");
  return [failed(`the cloud has no ${what} ${wanted}`, key, `It has ${shown || "none"}.`)];
}

/**
 * @param {string} text
 * @param {string} key
 * @param {string} [more]
 * @returns {Finding}
 */
function failed(text, key, more = "") {
  return { how: "failed", text, fix: `Change semesterhub:openstack ${key}. ${more}`.trim() };
}
