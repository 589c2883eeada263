// @ts-check
// The configuration as the program has it: Pulumi reads it, config/ checks it, here as there.
import { Failure } from "../command/fail.mjs";
import { root } from "../command/paths.mjs";
import { loadProgram } from "./program.mjs";

const namespace = "semesterhub:";

/**
 * Complete and checked; everything that is wrong is in one message.
 * @param {import("./stack.mjs").Stack} stack
 * @returns {Promise<import("../../../config/types.js").SemesterConfig>}
 */
export async function readConfig(stack) {
  const { parseConfig } = loadProgram("config/parse");
  const { formatProblems } = loadProgram("config/problems");
  const { readHostFacts } = loadProgram("config/hostFacts");
  const ours = Object.entries(await stack.config())
    .filter(([key]) => key.startsWith(namespace))
    .map(([key, value]) => ({ key: key.slice(namespace.length), ...value }));
  const { config, problems } = parseConfig(
    {
      stack: stack.name,
      values: Object.fromEntries(ours.map(({ key, value = "" }) => [key, value])),
      secretKeys: new Set(ours.filter(({ secret }) => secret === true).map(({ key }) => key)),
    },
    readHostFacts(root),
  );
  if (problems !== undefined) throw new Failure(formatProblems(stack.name, problems));
  return config;
}
