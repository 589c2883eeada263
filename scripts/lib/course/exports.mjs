// @ts-check
// Class lists as learning management systems export them: their text, their columns, their people.
import { analyse } from "chardet";
import { parse } from "csv-parse/sync";

/**
 * @typedef {object} Table
 * @property {string} encoding
 * @property {string} delimiter
 * @property {string[]} columns
 * @property {{ line: number, fields: string[] }[]} rows
 *
 * @typedef {object} Columns which column of the table is what; absent: none is
 * @property {string} [username]
 * @property {string} [role]
 * @property {string} [groups]
 *
 * @typedef {Pick<import("../../../config/roster.js").Person, "name" | "role" | "groups">} Person
 * @typedef {{ line: number, why: string }} Skipped
 */

/** What the columns are called in Canvas, Moodle and Blackboard, and in class lists, the best first. */
const known = {
  login: [
    ...["username", "user name", "login", "login id", "sis login id", "user id", "netid"],
    ...["anmeldename", "benutzername", "kennung", "identifiant", "nombre de usuario"],
  ],
  email: [
    ...["email", "email address", "e mail", "e mail address", "mail"],
    ...["e mail adresse", "adresse de courriel", "correo electrónico", "dirección de correo"],
  ],
  role: ["role", "roles", "course role", "rolle", "rollen", "rôles", "roles en el curso"],
  groups: ["groups", "group", "section", "sections", "gruppen", "gruppe", "groupes", "grupos"],
};

/** Roles of people who teach, in the words of the three. */
const teaches =
  /teach|instructor|lecturer|assistant|\bta\b|tutor|trainer|lehr|dozent|enseign|profes/i;

const names = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** @param {string} delimiter */
export function delimiterName(delimiter) {
  return names[/** @type {keyof typeof names} */ (delimiter)];
}

/**
 * The text of a file, whatever program wrote it.
 * @param {Uint8Array} bytes
 * @returns {{ text: string, encoding: string }}
 */
export function decode(bytes) {
  const [first = 0, second = 0] = bytes;
  if (first === 0xff && second === 0xfe) return decodeAs(bytes, "utf-16le");
  if (first === 0xfe && second === 0xff) return decodeAs(bytes, "utf-16be");
  // Text in UTF-16 without its mark: every other byte of Latin letters is nothing.
  const zeros = [0, 1].map(
    (odd) => bytes.filter((byte, at) => byte === 0 && at % 2 === odd).length,
  );
  const many = bytes.length / 8;
  if ((zeros[1] ?? 0) > many) return decodeAs(bytes, "utf-16le");
  if ((zeros[0] ?? 0) > many) return decodeAs(bytes, "utf-16be");
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "UTF-8" };
  } catch {
    // Not UTF-8. What spreadsheets write in Western Europe is what detectors call ISO-8859-1.
    const guess = analyse(bytes).find(({ name }) => /^(ISO-8859|windows-125)/.test(name));
    const name = guess?.name ?? "windows-1252";
    return decodeAs(bytes, name === "ISO-8859-1" ? "windows-1252" : name.toLowerCase());
  }
}

/** @param {Uint8Array} bytes @param {string} encoding */
function decodeAs(bytes, encoding) {
  return { text: new TextDecoder(encoding).decode(bytes), encoding: encoding.toUpperCase() };
}

/**
 * Reads a file as a table. Throws csv-parse's error, which names the line, where it is none.
 * @param {Uint8Array} bytes
 * @returns {Table}
 */
export function readTable(bytes) {
  const { text, encoding } = decode(bytes);
  const [head = ""] = text.replace(/^\uFEFF/, "").split(/\r\n?|\n/, 1);
  const count = (/** @type {string} */ letter) => head.split(letter).length;
  const [delimiter = ","] = [",", ";", "\t"].sort((a, b) => count(b) - count(a));
  const parsed = /** @type {{ record: string[], info: { lines: number } }[]} */ (
    /** @type {unknown} */ (
      parse(text.replace(/\r\n?/g, "\n"), {
        bom: true,
        delimiter,
        info: true,
        relax_column_count: true,
        skip_empty_lines: true,
        skip_records_with_empty_values: true,
        trim: true,
      })
    )
  );
  const [header, ...rows] = parsed;
  return {
    encoding,
    delimiter,
    columns: header?.record ?? [],
    rows: rows.map(({ record, info }) => ({ line: info.lines, fields: record })),
  };
}

/**
 * Which columns are what, by their names.
 * @param {readonly string[]} columns
 * @param {boolean} byEmail whether people log in with addresses
 * @returns {Columns}
 */
export function proposeColumns(columns, byEmail) {
  const plain = (/** @type {string} */ name) =>
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
  const find = (/** @type {readonly string[]} */ wanted) =>
    wanted.map((name) => columns.find((column) => plain(column) === name)).find(Boolean);
  const [first, second] = byEmail ? [known.email, known.login] : [known.login, known.email];
  const username = find(first) ?? find(second);
  const role = find(known.role);
  const groups = find(known.groups);
  return { ...(username && { username }), ...(role && { role }), ...(groups && { groups }) };
}

/**
 * The people of a table. Rows without a name, such as Canvas's points possible, are told apart.
 * @param {Table} table
 * @param {Columns & { username: string }} columns
 * @returns {{ people: Person[], skipped: Skipped[] }}
 */
export function peopleOf({ columns: all, rows }, columns) {
  /** @type {Person[]} */
  const people = [];
  /** @type {Skipped[]} */
  const skipped = [];
  for (const { line, fields } of rows) {
    const cell = (/** @type {string | undefined} */ column) =>
      (column === undefined ? undefined : fields[all.indexOf(column)]) ?? "";
    const name = cell(columns.username);
    if (name === "" || /^\(read only\)$/i.test(name)) {
      skipped.push({ line, why: `no ${columns.username}: ${fields.find(Boolean) ?? ""}` });
      continue;
    }
    const role = teaches.test(cell(columns.role)) ? "staff" : "student";
    people.push({ name, role, groups: groupsOf(cell(columns.groups)) });
  }
  return { people, skipped };
}

/**
 * Groups of one cell, with names as the program takes them: "Lab 1 and Lab 2" of Canvas is two.
 * @param {string} text
 */
function groupsOf(text) {
  return text
    .split(/[;,]|\s+and\s+/)
    .map((group) => group.normalize("NFKD").replace(/\p{M}/gu, ""))
    .map((group) => group.replace(/[^\w.-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, ""))
    .filter(Boolean);
}

/** People as the CSV file that the program reads. @param {readonly Person[]} people */
export function rosterText(people) {
  const field = (/** @type {string} */ text) =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = people.map(({ name, role, groups }) =>
    [name, role, groups.join(";")].map(field).join(","),
  );
  return `${["username,role,groups", ...lines].join("\n")}\n`;
}
