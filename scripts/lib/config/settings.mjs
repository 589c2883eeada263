// @ts-check
// The few values of the configuration that the checks before an `up` need.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../command/fail.mjs";
import { readYaml, textAt } from "./yaml.mjs";

/**
 * @typedef {object} Settings
 * @property {string} platform
 * @property {number} httpsPort
 * @property {number | undefined} httpPort
 * @property {string} certificates where the certificate comes from: stack, files or acme
 * @property {string | undefined} domain
 * @property {string} storage folder of the course's files
 * @property {boolean} storageApart whether they have a machine of their own
 * @property {string | undefined} backups folder of the backups, where they go to one
 * @property {number} memory bytes that one student's server may use
 * @property {number} memoryReserved bytes that are set aside for one
 * @property {boolean} images whether a registry is named that has the images
 */

const gibibyte = 2 ** 30;
/** What config/ takes where nothing is said. */
const defaults = { httpsPort: 8443, memory: gibibyte, memoryReserved: gibibyte / 4 };

/**
 * Reads Pulumi.<stack>.yaml. It has to be there: it says what the semester is.
 * @param {string} root the working copy
 * @param {string} stack
 */
export function readSettings(root, stack) {
  const file = join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) {
    throw new Failure(`There is no Pulumi.${stack}.yaml, so nothing says what ${stack} is.`, {
      fix: `Copy Pulumi.dev.yaml to Pulumi.${stack}.yaml and edit it, or choose another with --stack.`,
    });
  }
  return settingsFrom(readFileSync(file, "utf8"), stack);
}

/**
 * The platform of a stack; "local" where its Pulumi.<stack>.yaml is not there any more.
 * @param {string} root
 * @param {string} stack
 */
export function platformOf(root, stack) {
  const there = existsSync(join(root, `Pulumi.${stack}.yaml`));
  return there ? readSettings(root, stack).platform : "local";
}

/**
 * @param {string} text of a Pulumi.<stack>.yaml
 * @param {string} stack
 * @returns {Settings}
 */
export function settingsFrom(text, stack) {
  const config = readYaml(text).get("config");
  /** @param {string[]} path */
  const value = (...path) => {
    const [section = "", ...rest] = path;
    return textAt(config, `semesterhub:${section}`, ...rest);
  };
  const memory = parseSize(value("student", "memory")) ?? defaults.memory;
  const target = value("backup", "target") ?? `file:///var/lib/semesterhub/${stack}-backups`;
  return {
    platform: value("platform") ?? "local",
    httpsPort: portOf(value("proxy", "port")) ?? defaults.httpsPort,
    httpPort: portOf(value("proxy", "httpPort")),
    certificates: value("proxy", "tls", "source") ?? "stack",
    domain: value("proxy", "domain"),
    storage: value("storage", "path") ?? `/var/lib/semesterhub/${stack}`,
    storageApart:
      value("hosts", "storage", "address") !== undefined ||
      value("openstack", "flavors", "storage") !== undefined,
    backups: target.startsWith("file:///") ? target.slice("file://".length) : undefined,
    memory,
    memoryReserved: Math.min(
      memory,
      parseSize(value("student", "memoryReserved")) ?? defaults.memoryReserved,
    ),
    images: config instanceof Map && config.has("semesterhub:images"),
  };
}

/** @param {string | undefined} text */
function portOf(text) {
  const port = Number(text);
  return text !== undefined && Number.isInteger(port) && port > 0 && port < 65536
    ? port
    : undefined;
}

/**
 * "512M" or "1.5G" as bytes.
 * @param {string | undefined} text
 */
export function parseSize(text) {
  const match = /^(\d+(?:\.\d+)?)\s?([KMGT])(?:i?B)?$/i.exec(text ?? "");
  if (match === null) return undefined;
  const power = "KMGT".indexOf((match[2] ?? "").toUpperCase()) + 1;
  return Math.round(Number(match[1]) * 1024 ** power);
}
