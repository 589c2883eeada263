// @ts-check
// How large homes may be and are, as the homes service says.
import { formatBytes, table } from "../command/text.mjs";

/**
 * @typedef {object} PersonQuota
 * @property {string} username
 * @property {number | null} limit bytes; null: none
 * @property {boolean} own whether the limit is this person's own, and not the course's
 * @property {number | null} used bytes; null where nothing counts them
 *
 * @typedef {object} GroupQuota the folder of a group
 * @property {string} name
 * @property {number | null} limit
 * @property {number | null} used
 *
 * @typedef {object} Quotas
 * @property {string | null} problem why no limit is enforced, where none is
 * @property {number | null} default bytes that everybody may use who has no limit of their own
 * @property {PersonQuota[]} people
 * @property {GroupQuota[]} groups
 */

/** From this many percent on a home is nearly full, as the students' own pages count too. */
const warnPercent = 90;

/**
 * @param {import("../docker/engines.mjs").Engines} engines
 * @returns {Promise<Quotas | undefined>} absent where the homes service does not answer
 */
export async function readQuotas(engines) {
  const answer = /** @type {Quotas | undefined} */ (await engines.ask("homes", ["homes-quota"]));
  // A service that the next `up` replaces may know nothing of groups.
  return answer && { ...answer, groups: /** @type {Partial<Quotas>} */ (answer).groups ?? [] };
}

/**
 * How full a home or folder is, in whole percent; 0 where there is no limit.
 * @param {Pick<PersonQuota, "limit" | "used">} quota
 */
export function fullness({ limit, used }) {
  return limit === null || limit === 0 || used === null ? 0 : Math.floor((used / limit) * 100);
}

/** The fullest first, then the largest. @param {readonly PersonQuota[]} people */
export function byUse(people) {
  return [...people].sort(
    (a, b) =>
      fullness(b) - fullness(a) ||
      (b.used ?? 0) - (a.used ?? 0) ||
      a.username.localeCompare(b.username),
  );
}

/** Those whose homes are nearly full. @param {Quotas} quotas */
export function warned({ people }) {
  return byUse(people).filter((person) => fullness(person) >= warnPercent);
}

/** @param {number | null} bytes */
const size = (bytes) => (bytes === null ? "?" : formatBytes(bytes));

/** @param {Pick<PersonQuota, "limit" | "used">} quota */
const full = (quota) =>
  `${String(fullness(quota))} %${fullness(quota) >= warnPercent ? "  nearly full" : ""}`;

/** @param {readonly PersonQuota[]} people */
export function quotaTable(people) {
  const rows = people.map((person) => [
    person.username,
    size(person.used),
    `${size(person.limit)}${person.own ? " *" : ""}`,
    full(person),
  ]);
  return table([["NAME", "USES", "OF", "FULL"], ...rows], "");
}

/** @param {readonly GroupQuota[]} groups */
export function groupTable(groups) {
  const rows = groups.map((group) => [
    group.name,
    size(group.used),
    size(group.limit),
    full(group),
  ]);
  return table([["FOLDER OF", "USES", "OF", "FULL"], ...rows], "");
}
