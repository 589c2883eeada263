// @ts-check
// What `up` and `preview` have in common.
import { exitCodes, Failure } from "../command/fail.mjs";
import { prefixOf } from "../command/paths.mjs";
import { urnsOf } from "./state.mjs";

/** Options that both hand on to Pulumi. */
export const deployOptions = {
  diff: { about: "shows changes in full" },
  refresh: { about: "looks at what is really there first, and takes what differs as a change" },
  target: { value: "PART", multiple: true, about: "only this part, e.g. hub (repeatable)" },
  "expect-no-changes": { about: "fails if there is anything to change" },
};

/**
 * The words for Pulumi that say the same as the options.
 * @param {import("./stack.mjs").Stack} stack
 * @param {import("../command/arguments.mjs").Arguments} args
 */
export async function deployArgs(stack, args) {
  const switches = ["diff", "refresh", "expect-no-changes"].filter((name) => args.has(name));
  return [
    ...switches.map((name) => `--${name}`),
    ...(await targetArgs(stack, args.all("target"))),
    "--suppress-outputs",
    ...stack.configArgs(),
  ];
}

/**
 * @param {import("./stack.mjs").Stack} stack
 * @param {string[]} parts
 */
async function targetArgs(stack, parts) {
  if (parts.length === 0) return [];
  const { resources = [] } = await stack.deployment();
  refuseIncomplete(stack.name, resources);
  return parts.flatMap((part) => {
    const urns = urnsOf(resources, part, prefixOf(stack.name));
    if (urns.length === 0) {
      throw new Failure(`--target ${part}: the stack has no such part.`, {
        fix: "A part is a resource's name without semesterhub-<stack>-, e.g. hub, chp, proxy.",
        code: exitCodes.usage,
      });
    }
    return urns.flatMap((urn) => ["--target", urn]);
  });
}

/** Options by which Pulumi's commands are told to leave resources out. */
const leavingOut = ["--target", "-t", "--target-dependents", "--exclude", "--exclude-dependents"];

/**
 * Whether a command of Pulumi's deploys a part.
 * @param {readonly string[]} words
 */
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
