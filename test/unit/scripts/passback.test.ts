// Grades on their way from the gradebook to the learning management system.
import { readGrades, tellSent } from "../../../scripts/lib/course/passback.mjs";

const csv = [
  "Student,ID,SIS User ID,SIS Login ID,Section,ps1,ps2",
  "    Points Possible,,,,,12.5,0",
  'ada@example.edu,,,ada@example.edu,"lab-1; lab-2",7.25,',
  "'=alan,,,'=alan,,0,3",
  "grace,,,grace,,,3",
  "",
].join("\n");

test("grades are those that are there; nought is one", () => {
  expect(readGrades(csv, "ps1")).toEqual({
    assignment: "ps1",
    maximum: 12.5,
    scores: { "ada@example.edu": 7.25, "=alan": 0 },
  });
});

test.each(["ps3", "ps2"])("%s has no points: nothing is sent", (assignment) => {
  expect(() => readGrades(csv, assignment)).toThrow(
    `The gradebook has no points for ${assignment}`,
  );
});

test("what did not arrive is told by name", () => {
  const sent = { sent: 1, unknown: ["grace"], refused: { alan: "HTTP 404: Not Found" } };
  expect(tellSent(sent, "ps1").split("\n")).toEqual([
    "ps1: 1 grade in the learning management system.",
    "Never opened the course from there, so it has no place for theirs: grace",
    "Refused there for alan: HTTP 404: Not Found",
  ]);
});
