// @ts-check
// Whether a cloud has what the configuration names, as far as the program itself does not ask: it looks for
// flavors, image, networks and zone. Pure.
import { mebibyte } from "./cloudNeeds.mjs";
import { formatBytes } from "../command/text.mjs";

/** @typedef {import("../computer/capacity.mjs").Finding} Finding */
/** @typedef {import("./cloudNeeds.mjs").Judge} Judge */

/** Whether what the configuration names is there. @type {Judge} */
export const judgeNames = (config, facts) => {
  const { dataVolumeType, availabilityZone } = config.platform;
  return [
    ...judgeNodeMemory(config, facts),
    ...judgeFloatingIp(config, facts),
    ...named("volume type", dataVolumeType, facts.volumeTypes, "dataVolumeType"),
    ...named("availability zone", availabilityZone, facts.zones, "availabilityZone"),
    ...judgeServices(config, facts),
  ];
};

/** @type {Judge} */
export const judgeRegion = ({ platform: { region } }, { regionMissing }) =>
  regionMissing === undefined
    ? []
    : [failed(`the cloud has no region ${region ?? ""}; it has ${regionMissing}`, "region")];

/** What limits are held against must not be more than there is. @type {Judge} */
const judgeNodeMemory = ({ platform: { flavors, nodes } }, { flavors: known = [] }) => {
  const flavor = known.find(({ name }) => name === flavors.node);
  if (flavor === undefined || nodes.memoryBytes === undefined || nodes.names.length === 0)
    return [];
  const memory = flavor.memory * mebibyte;
  if (nodes.memoryBytes <= memory) return [];
  const text = `semesterhub:openstack nodes.memory says ${formatBytes(nodes.memoryBytes)}, and the flavor ${flavor.name} has ${formatBytes(memory)}`;
  return [{ how: "warning", text }];
};

/** @type {Judge} */
const judgeFloatingIp = ({ platform: { network } }, { floatingIps, existing }) => {
  const wanted = "floatingIp" in network ? network.floatingIp : undefined;
  if (wanted === undefined || floatingIps === undefined) return [];
  const found = floatingIps.find(({ address }) => address === wanted);
  if (found === undefined) {
    const free = floatingIps.filter(({ port }) => !port).map(({ address }) => address);
    return named("floating IP", wanted, free, "network.floatingIp");
  }
  // Once this stack's proxy is there, it is what the address leads to.
  return found.port && !existing.servers.includes("proxy")
    ? [failed(`the floating IP ${wanted} leads to another machine`, "network.floatingIp")]
    : [];
};

/** @type {Judge} */
const judgeServices = ({ platform, backup }, { objectStore, restricted, existing }) => {
  if (!backup.target.startsWith("swift://")) return [];
  if (!objectStore) {
    return [
      {
        how: "failed",
        text: "the cloud has no object store, and backups go to swift://",
        fix: "Set semesterhub:backup target to another place, for example sftp://user@host/folder.",
      },
    ];
  }
  // Whoever has machines there has what was made before them.
  const makesOne = platform.backupCredential === undefined && existing.servers.length === 0;
  if (!makesOne || !restricted) return [];
  return [
    {
      how: "failed",
      text: "your credential is a restricted one, which may not make the credential that backups use",
      fix: "Make one for the backups in the dashboard and set semesterhub:openstack backupCredential; or work with an unrestricted one.",
    },
  ];
};

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
