// @ts-check
// Who is in the learning management system's course, as a class list that `roster import` reads.
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { openEngines } from "../docker/engines.mjs";

/** @typedef {{ username: string, email: string, name: string, role: string }} Member */

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
  return asTable(/** @type {{ courses: number, members: Member[] }} */ (parseJson(said)));
}

/**
 * @param {{ courses: number, members: Member[] }} answer
 * @returns {{ file: string, bytes: Uint8Array }}
 */
export function asTable({ courses, members }) {
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
