// @ts-check
// A machine that was made anew at its old address: another host key, no Docker, nothing on it.
import { exitCodes, Failure } from "../command/fail.mjs";
import { prefixOf } from "../command/paths.mjs";
import { splitUrn, urnsOf } from "../pulumi/state.mjs";

/**
 * What is made first on a machine that is new: its own steps, and on the hub's the Swarm. An engine that is
 * in none answers no question about services, and with such questions `up` begins.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources
 * @param {string} machine
 * @param {string} prefix what the names of the stack's resources start with
 * @returns {string[]} URNs
 */
export function groundOf(resources, machine, prefix) {
  return [
    ...urnsOf(resources, `machine-${machine}`, prefix),
    ...(machine === "hub" ? urnsOf(resources, "swarm", prefix) : []),
  ];
}

/**
 * The options of an `up` that reads a machine's host key anew and prepare it again, and nothing else:
 * what the course has on it can't be looked for before its engine runs.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources
 * @param {string} machine
 * @param {string} stack
 * @returns {import("../pulumi/stack.mjs").RunOptions}
 */
export function anewArgs(resources, machine, stack) {
  const prefix = prefixOf(stack);
  const urns = groundOf(resources, machine, prefix);
  const hostKey = urns.find((urn) => splitUrn(urn)[1] === `${prefix}-machine-${machine}-hostkey`);
  if (hostKey === undefined) {
    const known = resources
      .filter(({ type }) => type === "semesterhub:index:SshMachine")
      .map(({ urn }) => splitUrn(urn)[1].replace(`${prefix}-machine-`, ""));
    throw new Failure(`--new-machine ${machine}: the stack has no such machine.`, {
      fix: known.length > 0 ? `It has ${known.join(", ")}.` : "Its machines are not over SSH.",
      code: exitCodes.usage,
    });
  }
  return { replace: [hostKey], target: urns };
}
