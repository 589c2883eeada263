// @ts-check
// Whether a cloud has what the configuration names, as far as the program itself does not ask: it looks for
// flavors, image, networks and zone. Pure.
import { mebibyte } from "./cloudNeeds.mjs";
import { formatBytes } from "../command/text.mjs";

/** @typedef {import("../computer/capacity.mjs").Finding} Finding */
/** @typedef {import("./cloudSettings.mjs").CloudSettings} CloudSettings */
/** @typedef {import("./cloudNeeds.mjs").CloudFacts} CloudFacts */

/**
 * Whether what the configuration names is there.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
export function judgeNames(settings, facts) {
  return [
    ...judgeNodeMemory(settings, facts),
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
 * What limits are held against must not be more than there is.
 * @param {CloudSettings} settings
 * @param {CloudFacts} facts
 * @returns {Finding[]}
 */
function judgeNodeMemory({ flavors, nodes, nodeMemory }, { flavors: known = [] }) {
  const flavor = known.find(({ name }) => name === flavors.node);
  if (flavor === undefined || nodeMemory === undefined || nodes.length === 0) return [];
  const memory = flavor.memory * mebibyte;
  return nodeMemory <= memory
    ? []
    : [
        {
          how: "warning",
          text: `semesterhub:openstack nodes.memory says ${formatBytes(nodeMemory)}, and the flavor ${flavor.name} has ${formatBytes(memory)}`,
        },
      ];
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
function judgeServices({ objectStore, makesCredential }, facts) {
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
