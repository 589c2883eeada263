// @ts-check
// What the program says about the semester that it made.
import { Failure } from "../command/fail.mjs";
import { plainOutputs } from "./state.mjs";

/**
 * @typedef {object} Outputs
 * @property {string} url
 * @property {{ method: string, students: number, staff: number }} login
 * @property {string | null} [password] where the login method is "dummy"
 * @property {{ path: string, backups: string }} storage
 * @property {{ proxy?: string }} addresses
 * @property {{ address: string, port: number, certificates: string }} [reach] how the hub's machine reaches the course
 * @property {string} certificateAuthority PEM
 * @property {string} [backupPassphrase]
 */

/** @param {import("./stack.mjs").Stack} stack @returns {Promise<Outputs>} with its secrets */
export async function readOutputs(stack) {
  const outputs = /** @type {Partial<Outputs>} */ (plainOutputs(await stack.deployment()));
  if (outputs.url === undefined || outputs.storage === undefined) {
    throw new Failure(`The semester ${stack.name} is not up.`, {
      fix: "npm run up makes it, or completes it.",
    });
  }
  return /** @type {Outputs} */ (outputs);
}
