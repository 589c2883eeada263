// @ts-check
// npm run roster import: a learning management system's class list becomes the program's.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Failure, messageOf } from "../command/fail.mjs";
import { confirm } from "../command/prompt.mjs";
import { counted } from "../command/text.mjs";
import { delimiterName, peopleOf, proposeColumns, readTable, rosterText } from "./exports.mjs";
import { readRosterFile, rosterChanges } from "./roster.mjs";

/**
 * @typedef {import("./exports.mjs").Person} Person
 *
 * @typedef {object} Wishes
 * @property {string} file the export, as messages call it
 * @property {Uint8Array} bytes what it holds
 * @property {string} to the program's class list, which is written
 * @property {boolean} byEmail whether people log in with addresses
 * @property {string | undefined} column the column of names, where it isn't found
 * @property {string | undefined} groups the column of groups; "" for none
 * @property {boolean} yes
 */

/** @param {Wishes} wishes */
export async function importRoster(wishes) {
  const { file, bytes, to } = wishes;
  const table = tableOf(file, bytes);
  const columns = columnsOf(table.columns, wishes);
  const { people, skipped } = peopleOf(table, columns);
  if (people.length === 0) {
    throw new Failure(`Nobody in ${file} has a ${columns.username}.`, {
      fix: `Choose another column with --column: ${table.columns.join(", ")}.`,
    });
  }
  const before = readRosterFile(existsSync(to) ? readFileSync(to, "utf8") : "", to);
  const text = rosterText(withFormer(people, before.people, columns));
  const read = readRosterFile(text, to);
  if (read.problems.length > 0) {
    throw new Failure(
      `The class list that ${file} makes has ${counted(read.problems.length, "problem")}:\n${read.problems.map((line) => `  ${line}`).join("\n")}`,
      { fix: `Correct it in ${file}, or choose another column with --column.` },
    );
  }
  const changes = rosterChanges(before.roster, read.roster);
  process.stdout.write(
    [
      `${file}: ${table.encoding}, separated by ${delimiterName(table.delimiter)}, ${counted(table.rows.length, "row")}.`,
      `  names   column "${columns.username}"`,
      `  roles   ${columns.role === undefined ? "everybody is a student; staff of the former list stay" : `column "${columns.role}"`}`,
      `  groups  ${columns.groups === undefined ? "none; those of the former list stay" : `column "${columns.groups}"`}`,
      ...skipped.map(({ line, why }) => `  line ${line} is left out: ${why}`),
      changes.length === 0 ? `${to} has this very class list.` : `In ${to}:`,
      ...changes.map((line) => `  ${line}`),
      "",
    ].join("\n"),
  );
  if (changes.length === 0) return 0;
  await confirm(
    `Write ${to}, with ${counted(read.roster.students.length, "student")}?`,
    wishes.yes,
  );
  writeFileSync(`${to}.new`, text, { mode: 0o600 });
  renameSync(`${to}.new`, to);
  process.stdout.write(`${to} is written. npm run up takes it.\n`);
  return 0;
}

/** @param {string} file @param {Uint8Array} bytes */
function tableOf(file, bytes) {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new Failure(`${file} is a spreadsheet's own format.`, { fix: "Save it as CSV." });
  }
  try {
    return readTable(bytes);
  } catch (error) {
    throw new Failure(`${file} can't be read whole: ${messageOf(error)}`, {
      fix: "Correct that line, or export the list again.",
    });
  }
}

/** @param {readonly string[]} all @param {Wishes} wishes */
function columnsOf(all, { file, byEmail, column, groups }) {
  for (const wish of [column, groups]) {
    if (wish === undefined || wish === "" || all.includes(wish)) continue;
    throw new Failure(`${file} has no column "${wish}".`, { fix: `It has: ${all.join(", ")}.` });
  }
  const { groups: found, ...proposed } = proposeColumns(all, byEmail);
  const username = column ?? proposed.username;
  if (username === undefined) {
    throw new Failure(`No column of ${file} is known to have the names that people log in with.`, {
      fix: `Name it with --column. The file has: ${all.join(", ")}.`,
    });
  }
  const chosen = groups === undefined ? found : groups || undefined;
  return { ...proposed, username, ...(chosen !== undefined && { groups: chosen }) };
}

/**
 * People of an export, with what it does not tell: staff, and groups of those who stay.
 * @param {readonly Person[]} people
 * @param {readonly Person[]} former
 * @param {import("./exports.mjs").Columns} columns
 */
function withFormer(people, former, columns) {
  const plain = (/** @type {string} */ name) => name.normalize("NFC").toLowerCase();
  const known = new Map(former.map((person) => [plain(person.name), person]));
  const here = new Set(people.map(({ name }) => plain(name)));
  const staff =
    columns.role === undefined
      ? former.filter(({ name, role }) => role === "staff" && !here.has(plain(name)))
      : [];
  const told = people.map((person) => {
    const was = known.get(plain(person.name));
    return {
      ...person,
      role: columns.role === undefined && was ? was.role : person.role,
      groups: columns.groups === undefined && was ? was.groups : person.groups,
    };
  });
  return [...told, ...staff].map(({ name, role, groups }) => ({ name, role, groups }));
}
