// @ts-check
// Grades from the gradebook into the learning management system.
import { parse } from "csv-parse/sync";
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { counted } from "../command/text.mjs";

/**
 * @typedef {{ assignment: string, maximum: number, scores: Record<string, number> }} Grades
 * @typedef {{ sent: number, unknown: string[], refused: Record<string, string> }} Sent
 */

/**
 * The grades of one assignment, as the gradebook exports them for Canvas.
 * @param {string} csv
 * @param {string} assignment
 * @returns {Grades}
 */
export function readGrades(csv, assignment) {
  const rows = /** @type {string[][]} */ (parse(csv));
  const [header = [], points = [], ...people] = rows;
  const column = header.indexOf(assignment);
  const maximum = Number(points[column]);
  if (column < 0 || !(maximum > 0)) {
    throw new Failure(`The gradebook has no points for ${assignment}.`, {
      fix: `npm run assignment status shows the names; collect and autograde come first.`,
    });
  }
  const graded = people.filter((row) => (row[column] ?? "") !== "");
  // The export puts a ' before what a spreadsheet would take for a formula.
  const nameOf = (/** @type {string[]} */ [name = ""]) => name.replace(/^'(?=[=+@-])/, "");
  const scores = Object.fromEntries(graded.map((row) => [nameOf(row), Number(row[column])]));
  return { assignment, maximum, scores };
}

/**
 * What was sent, in words.
 * @param {Sent} sent
 * @param {string} assignment
 */
export function tellSent({ sent, unknown, refused }, assignment) {
  const names = Object.entries(refused);
  return [
    `${assignment}: ${counted(sent, "grade")} in the learning management system.`,
    ...(unknown.length > 0
      ? [`Never opened the course from there, so it has no place for theirs: ${unknown.join(", ")}`]
      : []),
    ...names.map(([name, why]) => `Refused there for ${name}: ${why}`),
  ].join("\n");
}

/**
 * Sends an assignment's grades.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {(request: Record<string, unknown>) => Promise<unknown>} ask the grading service
 * @param {string} assignment
 * @returns {Promise<Sent>}
 */
export async function passBack(engines, ask, assignment) {
  const answer = await ask({ do: "grades", form: "canvas", assignment });
  const grades = readGrades(/** @type {{ csv: string }} */ (answer).csv, assignment);
  const command = ["semesterhub-admin", "scores", JSON.stringify(grades)];
  const said = await engines.must("hub", command, "Sending the grades", { seconds: 600 });
  return /** @type {Sent} */ (parseJson(said));
}
