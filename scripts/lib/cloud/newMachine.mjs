// @ts-check
// A machine that was made anew at its old address: another host key, no Docker, nothing on it.
import { exitCodes, Failure } from "../command/fail.mjs";
import { splitUrn, urnsOf } from "../pulumi/state.mjs";

/**
 * The name that the resources of a machine start with.
 * @param {string} machine
 */
const resourceOf = (machine) =>
  ["proxy", "hub", "storage", "bastion"].includes(machine) ? machine : `nodes-${machine}`;

/**
 * A machine's own component, and everything inside it.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources
 * @param {string} machine
 */
function machineUrns(resources, machine) {
  const own = resources.find(
    ({ urn, type }) =>
      type === "semesterhub:index:SshMachine" && splitUrn(urn)[1] === resourceOf(machine),
  );
  if (own === undefined) return [];
  return [own.urn, ...resources.filter(({ parent }) => parent === own.urn).map(({ urn }) => urn)];
}

/**
 * What is made first on a machine that is new: its own steps, and on the hub's the Swarm. An engine that is
 * in none answers no question about services, and with such questions `up` begins.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources
 * @param {string} machine
 * @returns {string[]} URNs
 */
export function groundOf(resources, machine) {
  return [
    ...machineUrns(resources, machine),
    ...(machine === "hub" ? urnsOf(resources, "swarm") : []),
  ];
}

/**
 * The options of an `up` that reads a machine's host key anew and prepare it again, and nothing else:
 * what the course has on it can't be looked for before its engine runs.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources
 * @param {string} machine
 * @returns {import("../pulumi/stack.mjs").RunOptions}
 */
export function anewArgs(resources, machine) {
  const urns = groundOf(resources, machine);
  const hostKey = urns.find((urn) => splitUrn(urn)[1] === `${resourceOf(machine)}-hostkey`);
  if (hostKey === undefined) {
    const known = resources
      .filter(({ type }) => type === "semesterhub:index:SshMachine")
      .map(({ urn }) => splitUrn(urn)[1].replace(/^nodes-/, ""));
    throw new Failure(`--new-machine ${machine}: the stack has no such machine.`, {
      fix: known.length > 0 ? `It has ${known.join(", ")}.` : "Its machines are not over SSH.",
      code: exitCodes.usage,
    });
  }
  return { replace: [hostKey], target: urns };
}
