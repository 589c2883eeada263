// @ts-check
// Who is in the learning management system's course, as a class list that `roster import` reads.
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { counted } from "../command/text.mjs";
import { openEngines } from "../docker/engines.mjs";

/**
 * @typedef {{ username: string, email: string, name: string, role: string }} Member
 * @typedef {{ courses: number, gone: number, members: Member[] }} Answer gone is how many courses were deleted
 *   there since staff came from them; the hub tells each once
 */

const columns = /** @type {const} */ (["username", "email", "name", "role"]);

/**
 * The list of a running course, named for messages.
 * @param {string} stack
 * @returns {Promise<{ file: string, bytes: Uint8Array }>}
 */
export async function lmsList(stack) {
  const engines = await openEngines(stack);
  const words = ["semesterhub-admin", "members"];
  const doing = "Asking the learning management system for its list";
  const said = await engines.must("hub", words, doing, { seconds: 600 });
  const answer = /** @type {Answer} */ (parseJson(said));
  const found = asTable(answer);
  if (answer.gone > 0) {
    console.log(
      `! ${counted(answer.gone, "course")} that staff came from ${answer.gone > 1 ? "are" : "is"} deleted there: who was only in ${answer.gone > 1 ? "them" : "it"} goes.`,
    );
  }
  return found;
}

/**
 * @param {Answer} answer
 * @returns {{ file: string, bytes: Uint8Array }}
 */
export function asTable({ courses, gone, members }) {
  if (courses === 0 && gone > 0) {
    throw new Failure("The learning management system says that the course is deleted there.", {
      fix: "Open the new course there once, as a teacher: that tells the hub where its list is.",
    });
  }
  if (courses === 0) {
    throw new Failure(
      "Nobody of the staff opened the course from the learning management system yet.",
      {
        fix: "Open it there once, as a teacher: that tells the hub where the list is. Is the service for names and roles switched on there?",
      },
    );
  }
  const field = (/** @type {string} */ text) => `"${text.replaceAll('"', '""')}"`;
  const rows = members.map((member) => columns.map((column) => field(member[column])).join(","));
  const text = [columns.join(","), ...rows, ""].join("\n");
  return { file: "the learning management system", bytes: Buffer.from(text) };
}
