// @ts-check
// What the grading service is asked, and how its answers are shown.
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { table } from "../command/text.mjs";

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} kind
 * @property {string} assignment
 * @property {string | null} student
 * @property {"waiting" | "running" | "done" | "failed" | "cancelled"} state
 * @property {string} error
 *
 * @typedef {object} AssignmentStatus
 * @property {string} assignment
 * @property {boolean} released
 * @property {string | null} due an instant, UTC
 * @property {"accept" | "close" | null} late
 * @property {number} extensions
 * @property {number} students
 * @property {number} fetched
 * @property {number} submitted
 * @property {number} lateSubmissions
 * @property {number} graded
 * @property {number} feedback
 * @property {string[]} missing
 */

const pauseMilliseconds = 1000;

/**
 * Asks the grading service one thing.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {Record<string, unknown>} request
 * @returns {Promise<unknown>}
 */
export async function askGrading(engines, request) {
  const command = ["semesterhub-assignment", JSON.stringify(request)];
  const { code, stdout, stderr } = await engines.exec("grading", command, { seconds: 120 });
  const answer = /** @type {{ error?: string }} */ (parseJson(stdout.trim() || "{}"));
  if (code === 0) return answer;
  throw new Failure(answer.error ?? (stderr.trim() || "The grading service does not answer."), {
    fix: "npm run logs grading says more.",
  });
}

/**
 * Waits for jobs and tells how far they are; answers those that failed.
 * @param {(request: Record<string, unknown>) => Promise<unknown>} ask
 * @param {readonly Job[]} jobs
 * @param {(line: string) => void} tell
 */
export async function follow(ask, jobs, tell) {
  const ids = jobs.map(({ id }) => id);
  let told = "";
  for (;;) {
    const now = /** @type {Job[]} */ (await ask({ do: "jobs", ids }));
    const count = (/** @type {Job["state"]} */ state) =>
      now.filter((job) => job.state === state).length;
    const open = count("waiting") + count("running");
    const line = `${String(now.length - open)} of ${String(now.length)} done, ${String(count("running"))} running, ${String(count("failed"))} failed`;
    if (line !== told) tell(line);
    told = line;
    if (open === 0) return now.filter(({ state }) => state !== "done");
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}

/** @param {readonly AssignmentStatus[]} found @param {string} zone */
export function statusTable(found, zone) {
  const local = (/** @type {string} */ instant) =>
    new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      dateStyle: "short",
      timeStyle: "short",
    }).format(new Date(instant));
  const rows = found.map((one) => [
    one.assignment,
    one.released ? "yes" : "no",
    one.due === null ? "-" : `${local(one.due)}${one.late === "close" ? ", closes" : ""}`,
    String(one.fetched),
    `${String(one.submitted)}/${String(one.students)}`,
    String(one.lateSubmissions),
    String(one.graded),
    String(one.feedback),
    String(one.missing.length),
  ]);
  return table(
    [
      [
        ...["ASSIGNMENT", "RELEASED", `DUE (${zone})`, "FETCHED", "SUBMITTED", "LATE"],
        ...["GRADED", "FEEDBACK", "MISSING"],
      ],
      ...rows,
    ],
    "",
  );
}
