import { readRosterFile, rosterChanges } from "../../../scripts/lib/course/roster.mjs";

const now = {
  students: ["ada", "alan"],
  staff: ["tom"],
  groups: { a: ["ada", "alan"], b: ["tom"] },
};

test("a roster beside itself changes nothing", () => {
  expect(rosterChanges(now, now)).toEqual([]);
});

test("who comes, goes and changes is told", () => {
  const next = {
    students: ["ada", "tom"],
    staff: ["grace"],
    groups: { a: ["ada", "tom"], c: ["ada"] },
  };
  expect(rosterChanges(now, next)).toEqual([
    "~ tom: staff becomes student",
    "+ grace (staff)",
    "- alan (student): can't log in any more; the files stay",
    "~ group a: +tom -alan",
    "- group b",
    "+ group c: ada",
  ]);
});

test("a file is read as the program reads it, with all its problems", () => {
  const good = readRosterFile("username,role,groups\nAda,,lab\ntom,staff,\n", "r.csv");
  expect(good).toMatchObject({
    roster: { students: ["ada"], staff: ["tom"], groups: { lab: ["ada"] }, folders: [] },
    problems: [],
  });
  const bad = readRosterFile("username,role\nada,\nada,staff\nbob,stuff\n", "r.csv");
  expect(bad.problems).toHaveLength(2);
  expect(bad.problems.join("\n")).toMatch(/r\.csv line 4: .*stuff/);
  expect(bad.problems.join("\n")).toMatch(/ada is both student and staff/);
});
