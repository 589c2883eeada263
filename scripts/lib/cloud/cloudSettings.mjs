// @ts-check
// What of a stack's configuration the checks of its cloud need.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseSize } from "../command/text.mjs";
import { textAt } from "./yamlText.mjs";

/**
 * @typedef {object} CloudSettings
 * @property {string} stack
 * @property {string | undefined} cloud name in clouds.yaml
 * @property {string | undefined} region
 * @property {string | undefined} availabilityZone
 * @property {string} image
 * @property {{ proxy: string, hub: string, node: string, storage?: string }} flavors
 * @property {number} nodes
 * @property {number | undefined} nodeMemory bytes that the configuration says a node has
 * @property {boolean} spread whether the nodes are in a server group
 * @property {number | undefined} bootVolumeGb
 * @property {"routed" | "existing" | "fixed"} network
 * @property {Record<string, string>} networks names or ids, by their keys in the configuration
 * @property {string | undefined} floatingIp one that is there
 * @property {number} adminCidrs how many
 * @property {number} dataVolumeGb
 * @property {string | undefined} dataVolumeType
 * @property {string | undefined} dnsZone
 * @property {boolean} objectStore whether backups go to the cloud's own
 * @property {boolean} makesCredential whether a credential is made for them
 * @property {number} studentMemory bytes that one student's server may use
 * @property {number | undefined} activeServers
 */

const gibibyte = 2 ** 30;

/**
 * Reads Pulumi.<stack>.yaml.
 * @param {string} root the working copy
 * @param {string} stack
 * @returns {CloudSettings}
 */
export function readCloudSettings(root, stack) {
  const file = join(root, `Pulumi.${stack}.yaml`);
  return cloudSettingsFrom(existsSync(file) ? readFileSync(file, "utf8") : "", stack);
}

/**
 * What is missing or wrong there the program says later, with all its checks: here it counts as none.
 * @param {string} text of a Pulumi.<stack>.yaml
 * @param {string} stack
 * @returns {CloudSettings}
 */
export function cloudSettingsFrom(text, stack) {
  /** @type {unknown} */
  const document = parse(text);
  /** @param {string[]} path */
  const value = (...path) => {
    const [section = "", ...rest] = path;
    return textAt(document, "config", `semesterhub:${section}`, ...rest);
  };
  /** @param {string[]} path */
  const cloud = (...path) => value("openstack", ...path);
  const kind = cloud("network", "kind");
  const target = value("backup", "target");
  const storage = cloud("flavors", "storage");
  return {
    stack,
    cloud: cloud("cloud"),
    region: cloud("region"),
    availabilityZone: cloud("availabilityZone"),
    image: cloud("image") ?? "",
    flavors: {
      proxy: cloud("flavors", "proxy") ?? "",
      hub: cloud("flavors", "hub") ?? "",
      node: cloud("flavors", "node") ?? "",
      ...(storage !== undefined && { storage }),
    },
    nodes: whole(cloud("nodes", "count")) ?? 0,
    nodeMemory: parseSize(cloud("nodes", "memory")),
    spread: (cloud("nodes", "spread") ?? "none") !== "none",
    bootVolumeGb: whole(cloud("bootVolumeGb")),
    network: kind === "fixed" || kind === "existing" ? kind : "routed",
    networks: Object.fromEntries(
      ["externalNetwork", "network", "publicNetwork", "internalNetwork"].flatMap((key) => {
        const name = cloud("network", key);
        return name === undefined ? [] : [[key, name]];
      }),
    ),
    floatingIp: cloud("network", "floatingIp"),
    adminCidrs: (cloud("adminCidrs") ?? ",").split(",").length,
    dataVolumeGb: whole(cloud("dataVolumeGb")) ?? 0,
    dataVolumeType: cloud("dataVolumeType"),
    dnsZone: cloud("dnsZone"),
    objectStore: target === undefined || target.startsWith("swift://"),
    makesCredential: !text.includes("backupCredential"),
    studentMemory: parseSize(value("student", "memory")) ?? gibibyte,
    activeServers: whole(value("spawn", "activeServers")),
  };
}

/** @param {string | undefined} text */
function whole(text) {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
