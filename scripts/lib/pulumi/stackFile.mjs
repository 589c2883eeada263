// @ts-check
// Pulumi.<stack>.yaml, as far as it has to be read before Pulumi can read it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { Failure, messageOf } from "../command/fail.mjs";
import { root } from "../command/paths.mjs";

/**
 * @typedef {object} StackFile
 * @property {string} text
 * @property {string} platform decides what is made ready before Pulumi reads the configuration
 * @property {boolean} registry whether a registry has the images
 * @property {string} [encryptionsalt]
 * @property {string} [secretsprovider]
 * @property {Record<string, unknown>} [config]
 */

/**
 * It has to be there: it says what the semester is.
 * @param {string} stack
 * @returns {StackFile}
 */
export function readStackFile(stack) {
  const name = `Pulumi.${stack}.yaml`;
  const file = join(root, name);
  if (!existsSync(file)) {
    throw new Failure(`There is no ${name}, so nothing says what ${stack} is.`, {
      fix: `Copy Pulumi.dev.yaml to ${name} and edit it, or choose another with --stack.`,
    });
  }
  return parseStackFile(readFileSync(file, "utf8"), name);
}

/**
 * @param {string} text
 * @param {string} name of the file, in messages
 * @returns {StackFile}
 */
export function parseStackFile(text, name) {
  try {
    /** @type {unknown} */
    const content = parse(text) ?? {};
    const { config = {}, ...rest } = /** @type {Partial<StackFile>} */ (content);
    const { ["semesterhub:platform"]: said = "local" } = config;
    const platform = typeof said === "string" ? said : "local";
    return { ...rest, config, text, platform, registry: "semesterhub:images" in config };
  } catch (error) {
    throw new Failure(`${name} is no YAML: ${messageOf(error)}`);
  }
}

/** A stack's file, where it is still there. @param {string} stack */
export function findStackFile(stack) {
  return existsSync(join(root, `Pulumi.${stack}.yaml`)) ? readStackFile(stack) : undefined;
}

/** The platform; local where the file is not there any more. @param {string} stack */
export function platformOf(stack) {
  return findStackFile(stack)?.platform ?? "local";
}

/**
 * A configuration with the salt of its stack.
 * @param {StackFile} own
 * @param {string} saltText the file that holds the salt
 * @returns {string | undefined} absent when the configuration has its own means of encryption
 */
export function withSalt(own, saltText) {
  if ((own.encryptionsalt ?? own.secretsprovider) !== undefined) return undefined;
  const { encryptionsalt } = parseStackFile(saltText, "The file with the encryption salt");
  if (encryptionsalt === undefined) throw new Failure("The stack's encryption salt is missing.");
  return `encryptionsalt: ${encryptionsalt}\n${own.text}`;
}
