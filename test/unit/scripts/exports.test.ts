// Class lists as Canvas, Moodle and Blackboard export them, and as spreadsheets leave them behind.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRosterFile } from "../../../config/roster";
import {
  decode,
  peopleOf,
  proposeColumns,
  readTable,
  rosterText,
  type Columns,
} from "../../../scripts/lib/course/exports.mjs";
import { importRoster } from "../../../scripts/lib/course/importRoster.mjs";
import { asTable } from "../../../scripts/lib/course/lmsMembers.mjs";

const canvas = `Student,ID,SIS User ID,SIS Login ID,Section,Essay (123),Current Score
    Points Possible,,,,,10,(read only)
"Müller, Jörg",77,m1,jmueller,Lab 1 and Lab 2,9,90
"O'Brien, Ann",78,m2,aobrien,Lab 2,8,80
"Student, Test",79,,,Lab 1,,
`;
const moodle = `Vorname;Nachname;Anmeldename;E-Mail-Adresse;Gruppen;Rollen
Jörg;Müller;jmueller;Jörg.Müller@example.edu;Übung 1, Übung 2;Teilnehmer/in
Ann;O'Brien;aobrien;o'brien@example.edu;;Trainer/in
`;
const blackboard = `"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"
"Müller"\t"Jörg"\t"jmueller"\t"77"\t"Yes"
"O'Brien"\t"Ann"\t"aobrien"\t"78"\t"Yes"
`;

const latin = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const bigEndian = (text: string) => utf16(text).swap16();

test.each<[string, Uint8Array, string]>([
  ["UTF-8", Buffer.from(moodle), "UTF-8"],
  ["UTF-8 with its mark", Buffer.from(`\uFEFF${moodle}`), "UTF-8"],
  ["Windows-1252", latin(moodle), "WINDOWS-1252"],
  ["UTF-16", utf16(`\uFEFF${moodle}`), "UTF-16LE"],
  ["UTF-16 without its mark", utf16(moodle), "UTF-16LE"],
  ["UTF-16, the other way round", bigEndian(`\uFEFF${moodle}`), "UTF-16BE"],
  ["UTF-16, the other way round, without its mark", bigEndian(moodle), "UTF-16BE"],
])("%s", (_, bytes, encoding) => {
  expect(decode(bytes)).toEqual({ text: moodle, encoding });
});

const both = (name1: string, name2: string) => [
  { name: name1, role: "student" },
  { name: name2, role: "student" },
];

test.each<[string, Uint8Array, boolean, Columns, object[]]>([
  [
    "Canvas",
    Buffer.from(canvas),
    false,
    { username: "SIS Login ID", groups: "Section" },
    both("jmueller", "aobrien"),
  ],
  [
    "Blackboard",
    utf16(`\uFEFF${blackboard}`),
    false,
    { username: "Username" },
    both("jmueller", "aobrien"),
  ],
  [
    "Moodle, logins by address",
    latin(moodle),
    true,
    { username: "E-Mail-Adresse", groups: "Gruppen", role: "Rollen" },
    [
      { name: "Jörg.Müller@example.edu", role: "student", groups: ["Ubung-1", "Ubung-2"] },
      { name: "o'brien@example.edu", role: "staff" },
    ],
  ],
  [
    "Moodle, logins by name",
    Buffer.from(moodle),
    false,
    { username: "Anmeldename", groups: "Gruppen", role: "Rollen" },
    [{ name: "jmueller" }, { name: "aobrien", role: "staff" }],
  ],
])("%s", (_, bytes, byEmail, columns, people) => {
  const table = readTable(bytes);
  const found = proposeColumns(table.columns, byEmail);
  expect(found).toEqual(columns);
  const read = peopleOf(table, { username: "", ...found });
  expect(read.people).toMatchObject(people);
  expect(read.people).toHaveLength(2);
  // what it writes is what the program reads
  const again = parseRosterFile(rosterText(read.people), "roster.csv");
  expect(again.problems).toEqual([]);
  expect(again.people.map(({ name }) => name)).toEqual(
    read.people.map(({ name }) => name.toLowerCase()),
  );
});

test("rows of nobody are told", () => {
  const table = readTable(Buffer.from(canvas));
  expect(peopleOf(table, { username: "SIS Login ID", groups: "Section" })).toMatchObject({
    people: [{ groups: ["Lab-1", "Lab-2"] }, { groups: ["Lab-2"] }],
    skipped: [
      { line: 2, why: "no SIS Login ID: Points Possible" },
      { line: 5, why: "no SIS Login ID: Student, Test" },
    ],
  });
});

describe("npm run roster import", () => {
  let folder: string;
  let said = "";
  const write = (name: string, text: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const take = (list: { file: string; bytes: Uint8Array }, more = {}) => {
    const to = join(folder, "roster.csv");
    const none = { column: undefined, groups: undefined };
    return importRoster({ ...list, to, byEmail: false, yes: true, ...none, ...more });
  };
  const run = (file: string, more = {}) => take({ file, bytes: readFileSync(file) }, more);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "semesterhub-import-"));
    said = "";
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  test("who comes and who goes is shown, staff and groups that the export does not know stay", async () => {
    const former = "username,role,groups\ngone,student,\ntom,staff,\naobrien,student,lab-7\n";
    write("roster.csv", former);
    await run(write("gradebook.xls", utf16(`\uFEFF${blackboard}`)));
    expect(said).toContain("UTF-16LE, separated by tabs, 2 rows");
    expect(said).toContain("+ jmueller (student)");
    expect(said).toContain("- gone (student)");
    expect(said).not.toContain("tom");
    expect(readFileSync(join(folder, "roster.csv"), "utf8")).toBe(
      "username,role,groups\njmueller,student,\naobrien,student,lab-7\ntom,staff,\n",
    );
  });

  test("the list of a learning management system is taken as well", async () => {
    const member = (username: string, role: string) => ({
      ...{ username, role, email: "", name: 'Ada "A" L., née Byron' },
    });
    const members = [member("ada", "student"), member("tom", "teacher"), member("", "student")];
    await take(asTable({ courses: 1, gone: 0, members }));
    expect(said).toContain("line 4 is left out: no username");
    expect(readFileSync(join(folder, "roster.csv"), "utf8")).toBe(
      "username,role,groups\nada,student,\ntom,staff,\n",
    );
    expect(() => asTable({ courses: 0, gone: 0, members: [] })).toThrow(
      "Nobody of the staff opened the course",
    );
    expect(() => asTable({ courses: 0, gone: 1, members: [] })).toThrow("deleted there");
  });

  test.each<[string, string | Uint8Array, object, RegExp]>([
    ["no column that is known", "Nom,Note\nada,1\n", {}, /--column.*Nom, Note/],
    ["a column that is not there", canvas, { column: "Login" }, /no column "Login"/],
    ["an unclosed quote", 'Username,Group\nada,"lab\nalan,lab\n', {}, /line 4|Quote Not Closed/],
    ["a spreadsheet", Uint8Array.from([0x50, 0x4b, 3, 4]), {}, /Save it as CSV/],
    ["somebody twice", "Username\nada\nAda\n", {}, /named twice/],
    ["a group that the hub makes", "Username,Group\nada,Staff\n", {}, /hub makes itself/],
    ["a column of nobody", "Username,Other\n,1\n", {}, /Nobody .* has a Username/],
  ])("%s is refused, and nothing is written", async (_, text, more, words) => {
    const before = "username,role,groups\nada,student,\n";
    write("roster.csv", before);
    const failure = await run(write("export.csv", text), more).then(
      () => "nothing",
      (error: unknown) => `${String(error)} ${(error as { fix?: string }).fix ?? ""}`,
    );
    expect(failure).toMatch(words);
    expect(readFileSync(join(folder, "roster.csv"), "utf8")).toBe(before);
  });
});
