// @ts-check
// Rosters: reading them with the program's own code, and comparing two of them.
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../command/paths.mjs";

/** @typedef {{ students: readonly string[], staff: readonly string[], groups: Readonly<Record<string, readonly string[]>> }} Roster */

/**
 * What of the program's configuration code is used here.
 * @typedef {object} RosterCode
 * @property {(text: string, file: string) => { people: unknown[], problems: { line: number, value: string, problem: string, fix: string }[] }} parseRosterFile
 * @property {(people: unknown[], groups: Record<string, string[]>) => { roster: Roster, problems: { value?: unknown, problem: string, fix: string }[] }} mergeRoster
 */

/**
 * Loads config/roster.ts, so that a file is read here exactly as the program reads it.
 * @returns {RosterCode}
 */
export function rosterCode() {
  const require = createRequire(join(root, "index.ts"));
  /** @type {unknown} */
  const tsNode = require("ts-node");
  /** @type {import("ts-node")} */ (tsNode).register({
    transpileOnly: true,
    project: join(root, "tsconfig.json"),
  });
  /** @type {unknown} */
  const code = require("./config/roster.ts");
  return /** @type {RosterCode} */ (code);
}

/**
 * A CSV file as a roster, or all that is wrong with it.
 * @param {RosterCode} code
 * @param {string} text
 * @param {string} file its name in messages
 * @returns {{ roster: Roster, problems: string[] }}
 */
export function readRosterFile({ parseRosterFile, mergeRoster }, text, file) {
  const { people, problems } = parseRosterFile(text, file);
  const merged = mergeRoster(people, {});
  return {
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
 * @returns {string[]}
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
