// @ts-check
// What of a stack's configuration the checks of its cloud need.

/**
 * @typedef {object} CloudSettings
 * @property {string} stack
 * @property {string | undefined} cloud name in clouds.yaml
 * @property {string | undefined} region
 * @property {string | undefined} availabilityZone
 * @property {{ proxy: string, hub: string, node: string, storage?: string }} flavors
 * @property {readonly string[]} nodes their names
 * @property {number | undefined} nodeMemory bytes that the configuration says a node has
 * @property {boolean} spread whether the nodes are in a server group
 * @property {number | undefined} bootVolumeGb
 * @property {"routed" | "existing" | "fixed"} network
 * @property {string | undefined} floatingIp one that is there
 * @property {number} adminCidrs how many
 * @property {number} dataVolumeGb
 * @property {string | undefined} dataVolumeType
 * @property {boolean} objectStore whether backups go to the cloud's own
 * @property {boolean} makesCredential whether a credential is made for them
 * @property {number} studentMemory bytes that one student's server may use
 * @property {number} studentCpus processors that one may use
 * @property {number | undefined} activeServers
 */

/**
 * @param {import("../../../config/types.js").SemesterConfig} config
 * @returns {CloudSettings | undefined} absent on other platforms
 */
export function cloudSettingsOf({ stack, platform, student, spawn, backup }) {
  if (platform.kind !== "openstack") return undefined;
  const { network, nodes } = platform;
  return {
    stack,
    cloud: platform.cloud,
    region: platform.region,
    availabilityZone: platform.availabilityZone,
    flavors: platform.flavors,
    nodes: nodes.names,
    nodeMemory: nodes.memoryBytes,
    spread: nodes.spread !== "none",
    bootVolumeGb: platform.bootVolumeGb,
    network: network.kind,
    floatingIp: "floatingIp" in network ? network.floatingIp : undefined,
    adminCidrs: platform.adminCidrs.length,
    dataVolumeGb: platform.dataVolumeGb,
    dataVolumeType: platform.dataVolumeType,
    objectStore: backup.target.startsWith("swift://"),
    makesCredential: platform.backupCredential === undefined,
    studentMemory: student.memoryBytes,
    studentCpus: student.cpus,
    activeServers: spawn.activeServers === 0 ? undefined : spawn.activeServers,
  };
}
