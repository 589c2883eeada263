// @ts-check
// What a state holds, and what an interrupted command left in it.
import { parseJson } from "../command/json.mjs";

/**
 * @typedef {object} PendingOperation
 * @property {string} type creating, updating, deleting, reading or importing
 * @property {{ urn: string, type: string, provider?: string, inputs?: Record<string, unknown> }} resource
 *
 * @typedef {object} StateResource
 * @property {string} urn
 * @property {string} type
 * @property {string} [id]
 * @property {string} [parent]
 * @property {boolean} [protect]
 * @property {boolean} [delete] whether it was replaced and waits for its removal
 * @property {Record<string, unknown>} [inputs]
 * @property {Record<string, unknown>} [outputs]
 * @property {string[]} [initErrors] why it did not become as it should when it was made
 *
 * @typedef {object} Deployment
 * @property {StateResource[]} [resources]
 * @property {PendingOperation[]} [pending_operations]
 */

/** How Pulumi marks a secret in a state. */
const secretMark = "4dabf18193072939515e22adb298388d";

/**
 * The text of a value in a state whose secrets were decrypted.
 * @param {unknown} value
 * @returns {string} empty where it is no text
 */
export function plainText(value) {
  const text = plain(value);
  return typeof text === "string" ? text : "";
}

/**
 * The outputs of a state's stack, its secrets in plain text.
 * @param {Deployment} deployment
 * @returns {unknown}
 */
export function plainOutputs({ resources = [] }) {
  const top = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return plain(top?.outputs ?? {});
}

/** @param {unknown} value @returns {unknown} */
function plain(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const { plaintext } = /** @type {{ plaintext?: unknown }} */ (value);
  if (secretMark in value) return typeof plaintext === "string" ? parseJson(plaintext) : undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/**
 * The URNs of a part of the course by its name: "hub" is the service of that name; the name of a component
 * alone, such as "nodes", is everything inside it.
 * @param {readonly StateResource[]} resources
 * @param {string} part
 */
export function urnsOf(resources, part) {
  if (part.startsWith("urn:")) return [part];
  const named = resources.filter(({ urn }) => splitUrn(urn)[1] === part);
  const things = named.filter(({ type }) => !type.startsWith("semesterhub:index:"));
  const chosen = new Set((things.length > 0 ? things : named).map(({ urn }) => urn));
  // Parents stand before their children in a state.
  for (const { urn, parent } of resources) {
    if (parent !== undefined && chosen.has(parent)) chosen.add(urn);
  }
  return [...chosen];
}

/**
 * The generation of this computer's engine that a state has a Swarm of.
 * @param {Deployment} deployment
 * @returns {number | undefined} absent where it has none
 */
export function swarmGeneration({ resources = [] }) {
  if (!resources.some(({ type }) => type === "docker:index/network:Network")) return undefined;
  const machine = resources.find(({ type }) => type === "semesterhub:index:LocalMachine");
  const generation = machine?.inputs?.["generation"];
  return typeof generation === "number" ? generation : 1;
}

/**
 * Type and name of a resource.
 * @param {string} urn
 * @returns {[string, string]}
 */
export function splitUrn(urn) {
  const parts = urn.split("::");
  return [parts[2] ?? "", parts.slice(3).join("::")];
}
