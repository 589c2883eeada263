// @ts-check
// What the program says about the semester that it made.
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";

/**
 * @typedef {object} Outputs
 * @property {string} url
 * @property {{ method: string, students: string[], staff: string[] }} login
 * @property {string | null} [password] where the login method is "dummy"
 * @property {{ hub: string, chp: string, homes: string, cull: string, backup: string }} services
 * @property {{ proxy: string, firewall: string }} containers
 * @property {{ path: string, backups: string }} storage
 * @property {{ proxy?: string }} addresses
 * @property {string} certificateAuthority PEM
 * @property {string} [backupPassphrase]
 * @property {string[]} next
 */

/**
 * @param {import("./stack.mjs").Stack} stack
 * @param {{ secrets?: boolean }} [options] secrets: whether secret outputs are decrypted
 * @returns {Promise<Outputs>}
 */
export async function readOutputs(stack, { secrets = false } = {}) {
  const text = await stack.must(
    ["stack", "output", "--json", ...(secrets ? ["--show-secrets"] : [])],
    "Reading the stack's outputs",
  );
  const outputs = /** @type {Partial<Outputs>} */ (parseJson(text));
  const { url, services, containers, storage } = outputs;
  if (
    url === undefined ||
    services === undefined ||
    containers === undefined ||
    storage === undefined
  ) {
    throw new Failure(`The semester ${stack.name} is not up.`, {
      fix: "npm run up makes it, or completes it.",
    });
  }
  return /** @type {Outputs} */ (outputs);
}
