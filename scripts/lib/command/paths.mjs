// @ts-check
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The working copy that this file is in. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Name of the Pulumi project, as in Pulumi.yaml. */
export const project = "semesterhub";

/** What is kept in the working copy, and never in git. */
export const working = join(root, ".semesterhub");

/** Where things are in the folder of working files. */
export const paths = {
  /** Pulumi's state, where nobody is logged in to a backend. */
  state: join(working, "state"),
  /** What that state's secrets are encrypted with. */
  passphrase: join(working, "passphrase"),
  /** Per stack: its encryption salt, and the configuration as it is handed to Pulumi. */
  stacks: join(working, "stacks"),
  /** Passphrases of backups whose semester was taken down, and certificates to trust. */
  keys: join(working, "keys"),
};

/** What the names of a stack's Docker objects start with. @param {string} stack */
export function prefixOf(stack) {
  return `semesterhub-${stack}`;
}
