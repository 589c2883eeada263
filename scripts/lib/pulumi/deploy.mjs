// @ts-check
// What `up` and `preview` have in common.
import { exitCodes, Failure } from "../command/fail.mjs";
import { urnsOf } from "./state.mjs";

/** Options that both hand on to Pulumi. */
export const deployOptions = {
  diff: { about: "shows changes in full" },
  refresh: { about: "looks at what is really there first, and takes what differs as a change" },
  target: { value: "PART", multiple: true, about: "only this part, e.g. hub (repeatable)" },
  "expect-no-changes": { about: "fails if there is anything to change" },
};

/**
 * The same for the Automation API.
 * @param {import("./stack.mjs").Stack} stack
 * @param {import("../command/arguments.mjs").Arguments} args
 * @returns {Promise<import("./stack.mjs").RunOptions>}
 */
export async function optionsOf(stack, args) {
  const target = await targets(stack, args.all("target"));
  return {
    diff: args.has("diff"),
    refresh: args.has("refresh"),
    expectNoChanges: args.has("expect-no-changes"),
    ...(target.length > 0 && { target }),
  };
}

/** @param {import("./stack.mjs").Stack} stack @param {string[]} parts */
async function targets(stack, parts) {
  if (parts.length === 0) return [];
  const { resources = [] } = await stack.deployment();
  refuseIncomplete(stack.name, resources);
  return parts.flatMap((part) => {
    const urns = urnsOf(resources, part);
    if (urns.length > 0) return urns;
    throw new Failure(`--target ${part}: the stack has no such part.`, {
      fix: "A part is the name of a resource, e.g. hub, chp, proxy.",
      code: exitCodes.usage,
    });
  });
}

/** Options by which Pulumi's commands are told to leave resources out. */
const leavingOut = ["--target", "-t", "--target-dependents", "--exclude", "--exclude-dependents"];

/** Whether a command of Pulumi's deploys a part. @param {readonly string[]} words */
export function leavesOut(words) {
  return words.some((word) => leavingOut.includes(word.split("=")[0] ?? ""));
}

/**
 * A part can be deployed when all of the semester has been, once. What never was has no outputs: the
 * program would work with values that are not there, and its end takes minutes.
 * @param {string} stack
 * @param {readonly import("./state.mjs").StateResource[]} resources
 */
export function refuseIncomplete(stack, resources) {
  const top = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (top?.outputs?.["url"] !== undefined) return;
  throw new Failure(`${stack} was never complete, so no part of it can be deployed alone.`, {
    fix: `npm run up -- --stack ${stack} makes it, or goes on from where it stopped; then --target.`,
    code: exitCodes.usage,
  });
}

/** How a run of Pulumi went, if it went well. @param {import("./stack.mjs").Outcome} outcome */
export function succeeded(outcome) {
  if (outcome.interrupted) {
    throw new Failure("Interrupted. npm run up goes on from here.", {
      code: exitCodes.interrupted,
    });
  }
  if (outcome.error === undefined) return outcome;
  throw new Failure("The semester is not as it should be; what is wrong stands above.", {
    fix: "See to it and run this again: it goes on from here.",
  });
}
