// @ts-check
// A machine that was made anew at its old address: another host key, no Docker, nothing on it.
import { exitCodes, Failure } from "./fail.mjs";
import { prefixOf } from "./paths.mjs";
import { splitUrn, urnsOf } from "./state.mjs";

/**
 * The words for Pulumi that read a machine's host key anew and prepare it again, and nothing else:
 * what the course has on it can't be looked for before its engine runs.
 * @param {readonly import("./state.mjs").StateResource[]} resources
 * @param {string} machine
 * @param {string} stack
 * @returns {string[]}
 */
export function anewArgs(resources, machine, stack) {
  const part = `machine-${machine}`;
  const urns = urnsOf(resources, part, prefixOf(stack));
  const hostKey = urns.find((urn) => splitUrn(urn)[1] === `${prefixOf(stack)}-${part}-hostkey`);
  if (hostKey === undefined) {
    const known = resources
      .filter(({ type }) => type === "semesterhub:index:SshMachine")
      .map(({ urn }) => (splitUrn(urn)[1] ?? "").replace(`${prefixOf(stack)}-machine-`, ""));
    throw new Failure(`--new-machine ${machine}: the stack has no such machine.`, {
      fix: known.length > 0 ? `It has ${known.join(", ")}.` : "Its machines are not over SSH.",
      code: exitCodes.usage,
    });
  }
  return ["--replace", hostKey, ...urns.flatMap((urn) => ["--target", urn])];
}
