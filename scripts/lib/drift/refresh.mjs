// @ts-check
// What a refresh finds: resources that are gone or differ from the state. Nothing is written.
import { parseJson } from "../command/json.mjs";
import { splitUrn } from "../pulumi/state.mjs";

/**
 * @typedef {object} RefreshStep
 * @property {string} op
 * @property {string} urn
 * @property {{ inputs?: Record<string, unknown>, outputs?: Record<string, unknown> }} [oldState]
 * @property {{ inputs?: Record<string, unknown>, outputs?: Record<string, unknown> }} [newState]
 * @property {string[]} [diffReasons]
 * @property {Record<string, unknown>} [detailedDiff]
 */

/**
 * @param {import("../pulumi/stack.mjs").Stack} stack
 * @returns {Promise<import("./report.mjs").Difference[]>}
 */
export async function refreshed(stack) {
  const words = ["refresh", "--preview-only", "--json", "--stack", stack.name];
  const said = await stack.must([...words, ...stack.configArgs()], "Looking at what is there");
  const { steps = [] } = /** @type {{ steps?: RefreshStep[] }} */ (parseJson(said));
  return steps.flatMap(differenceOf);
}

/** @param {RefreshStep} step @returns {import("./report.mjs").Difference[]} */
export function differenceOf({ op, urn, oldState, newState, detailedDiff, diffReasons }) {
  const [types, name] = splitUrn(urn);
  const type = types.split("$").at(-1) ?? "";
  const about = `${type.split(":").at(-1) ?? ""} ${name}`;
  const difference = { machine: "", about, from: name };
  if (op === "delete") return [{ ...difference, wanted: "there", found: "gone" }];
  // What is as it was stays a "refresh".
  const paths = Object.keys(detailedDiff ?? {});
  const changed = paths.length > 0 ? paths : (diffReasons ?? []);
  if (op !== "update" || changed.length === 0) return [];
  const at = (/** @type {Record<string, unknown> | undefined} */ values) =>
    changed.map((path) => `${path}=${JSON.stringify(values?.[path.split(/[.[]/)[0] ?? ""])}`);
  return [
    {
      ...difference,
      wanted: at(oldState?.outputs).join(", ").slice(0, 500),
      found: at(newState?.outputs).join(", ").slice(0, 500),
    },
  ];
}
