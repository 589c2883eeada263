// @ts-check
// Rosters: reading them with the program's own code, and comparing two of them.
import { loadProgram } from "../pulumi/program.mjs";

/** @typedef {Omit<import("../../../config/types.js").Roster, "folders">} Roster */

/**
 * A CSV file as a roster, or all that is wrong with it.
 * @param {string} text
 * @param {string} file its name in messages
 */
export function readRosterFile(text, file) {
  const { parseRosterFile, mergeRoster } = loadProgram("config/roster");
  const { people, problems } = parseRosterFile(text, file);
  const merged = mergeRoster(people, {});
  return {
    people,
    roster: merged.roster,
    problems: [
      ...problems.map(({ line, problem, fix }) => `${file} line ${line}: ${problem}: ${fix}`),
      ...merged.problems.map(({ value, problem, fix }) => `${String(value)} ${problem}: ${fix}`),
    ],
  };
}

/**
 * What would change if one roster took the place of another, a line each.
 * @param {Roster} now
 * @param {Roster} next
 */
export function rosterChanges(now, next) {
  const roles = (/** @type {Roster} */ { students, staff }) =>
    new Map([
      ...students.map((name) => /** @type {const} */ ([name, "student"])),
      ...staff.map((name) => /** @type {const} */ ([name, "staff"])),
    ]);
  const before = roles(now);
  const after = roles(next);
  /** @type {string[]} */
  const lines = [];
  for (const [name, role] of after) {
    const was = before.get(name);
    if (was === undefined) lines.push(`+ ${name} (${role})`);
    else if (was !== role) lines.push(`~ ${name}: ${was} becomes ${role}`);
  }
  for (const [name, role] of before) {
    if (!after.has(name)) lines.push(`- ${name} (${role}): can't log in any more; the files stay`);
  }
  const groups = new Set([...Object.keys(now.groups), ...Object.keys(next.groups)]);
  for (const group of [...groups].sort()) {
    const was = now.groups[group];
    const is = next.groups[group];
    if (was === undefined) lines.push(`+ group ${group}: ${(is ?? []).join(", ")}`);
    else if (is === undefined) lines.push(`- group ${group}`);
    else {
      const come = is.filter((name) => !was.includes(name)).map((name) => `+${name}`);
      const gone = was.filter((name) => !is.includes(name)).map((name) => `-${name}`);
      if (come.length + gone.length > 0) {
        lines.push(`~ group ${group}: ${[...come, ...gone].join(" ")}`);
      }
    }
  }
  return lines;
}
