/** The roster: a CSV file and the lists of the configuration, merged into one. */
import type { Problem } from "./problems";
import { readCsv } from "./csv";
import { groupFolders } from "./groupFolders";
import { groupName, userName } from "./schema/names";
import type { Roster } from "./types";
import { nearest } from "./values";

export type Role = "student" | "staff";

/** One person, with the place that named them, for messages. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly groups: readonly string[];
  /** "roster.csv line 3" or "semesterhub:roster.students[0]". */
  readonly place: string;
}

/** Something wrong with a line of the file. */
export interface LineProblem {
  readonly line: number;
  readonly value: string;
  readonly problem: string;
  readonly fix: string;
}

const columns = ["username", "role", "groups"] as const;

/** Reads a roster file. `file` is its name in messages. */
export function parseRosterFile(
  text: string,
  file: string,
): { people: Person[]; problems: LineProblem[] } {
  const csv = readCsv(text);
  if (csv.problem)
    return { people: [], problems: [{ value: lineOf(text, csv.problem.line), ...csv.problem }] };
  const [header, ...records] = csv.records;
  const found = header?.fields.map((name) => name.toLowerCase()) ?? [];
  const headerProblem = checkHeader(found, file);
  if (headerProblem) {
    const value = header?.fields.join(",") ?? "";
    return { people: [], problems: [{ line: header?.line ?? 1, value, ...headerProblem }] };
  }
  const people: Person[] = [];
  const problems: LineProblem[] = [];
  for (const { line, fields } of records) {
    const value = fields.join(",");
    const cell = (column: (typeof columns)[number]) => fields[found.indexOf(column)] ?? "";
    const say = (problem: string, fix: string) => problems.push({ line, value, problem, fix });
    if (fields.length > found.length) {
      say("has more fields than the first line has columns", "separate groups with semicolons");
      continue;
    }
    const name = userName().safeParse(cell("username"));
    if (!name.success) {
      say(
        `the username ${name.error.issues[0]?.message ?? "is not valid"}`,
        text.includes("\uFFFD") || text.includes("\0")
          ? `save the file as UTF-8, or let it be read: npm run roster import ${file}`
          : "write the name that the person logs in with",
      );
      continue;
    }
    const role = cell("role").toLowerCase() || "student";
    if (role !== "student" && role !== "staff") {
      const meant = nearest(role, ["student", "staff"]);
      say(`the role "${role}" is not known`, `write ${meant ?? "student or staff"}`);
      continue;
    }
    const groups = cell("groups")
      .split(";")
      .map((group) => group.trim())
      .filter(Boolean);
    const wrong = groups
      .map((group) => [group, groupName().safeParse(group)] as const)
      .find(([, { success }]) => !success);
    if (wrong) {
      say(
        `the group "${wrong[0]}" ${wrong[1].error?.issues[0]?.message ?? "is not valid"}`,
        "name it otherwise",
      );
      continue;
    }
    people.push({ name: name.data, role, groups, place: `${file} line ${line}` });
  }
  return { people, problems };
}

/** A line of a text, from 1, shortened. */
function lineOf(text: string, line: number): string {
  return (text.split(/\r\n?|\n/)[line - 1] ?? "").slice(0, 80);
}

function checkHeader(
  found: readonly string[],
  file: string,
): { problem: string; fix: string } | undefined {
  const fix = "make the first line username,role,groups";
  const imported = `let it be read: npm run roster import ${file}`;
  if (found.length === 0) return { problem: "the file is empty", fix };
  const other = found.find((name) => /[;\t]/.test(name));
  if (other !== undefined && found.length === 1) {
    return {
      problem: "the columns are not separated by commas",
      fix: `save it as CSV with commas, or ${imported}`,
    };
  }
  if (!found.includes("username")) {
    return { problem: "has no column username", fix: `${fix}, or ${imported}` };
  }
  const unknown = found.find((name) => !columns.includes(name as "role"));
  if (unknown !== undefined) return { problem: `has an unknown column "${unknown}"`, fix };
  if (new Set(found).size < found.length) return { problem: "has a column twice", fix };
  return undefined;
}

/** Merges people, groups and their folders; whoever is named twice, or in no role, is a problem. */
export function mergeRoster(
  people: readonly Person[],
  groups: Readonly<Record<string, readonly string[]>>,
  folders: readonly string[] = [],
): { roster: Roster; problems: Problem[] } {
  const problems: Problem[] = [];
  const byName = new Map<string, Person>();
  for (const person of people) {
    const earlier = byName.get(person.name);
    if (!earlier) {
      byName.set(person.name, person);
      continue;
    }
    const both = `${earlier.place} and ${person.place}`;
    problems.push({
      path: ["roster"],
      value: person.name,
      problem:
        earlier.role === person.role
          ? `is named twice: ${both}`
          : `is both student and staff: ${both}`,
      fix: "keep one of them (names that differ only in capital letters are the same)",
    });
  }
  const members = new Map<string, Set<string>>();
  const join = (group: string, name: string) => {
    members.set(group, (members.get(group) ?? new Set<string>()).add(name));
  };
  for (const person of byName.values()) {
    for (const group of person.groups) join(group, person.name);
  }
  for (const [group, names] of Object.entries(groups)) {
    if (!members.has(group)) members.set(group, new Set());
    for (const name of names) {
      if (byName.has(name)) {
        join(group, name);
        continue;
      }
      const meant = nearest(name, [...byName.keys()]);
      problems.push({
        path: ["roster", "groups", group],
        value: name,
        problem: "is not in the roster",
        fix:
          meant === undefined
            ? "add the name to roster.students or roster.staff, or take it out of the group"
            : `did you mean ${meant}? Else add the name to roster.students or roster.staff`,
      });
    }
  }
  const named = (role: Role) =>
    [...byName.values()]
      .filter((person) => person.role === role)
      .map((person) => person.name)
      .sort();
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const merged = Object.fromEntries(sorted.map(([group, names]) => [group, [...names].sort()]));
  const shared = groupFolders(folders, merged);
  return {
    roster: {
      students: named("student"),
      staff: named("staff"),
      groups: merged,
      folders: shared.folders,
    },
    problems: [...problems, ...shared.problems],
  };
}
