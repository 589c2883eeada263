// @ts-check
// npm run assignment: what a teacher does with assignments, from the operator's computer.
import { writeFileSync } from "node:fs";
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { askGrading, follow, statusTable } from "./lib/course/assignments.mjs";
import { passBack, tellSent } from "./lib/course/passback.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { exitCodes } from "./lib/command/fail.mjs";

const command = {
  name: "assignment",
  about:
    "status                 each assignment: released, fetched, submitted, late, graded\n" +
    "release NAME           makes the students' version of source/NAME and gives it out\n" +
    "unrelease NAME         takes it back; what was fetched stays with its students\n" +
    "deadline NAME [TIME]   sets when it is due, by the course's clock (2026-12-01T23:59);\n" +
    "                       --for gives a person or a @group more time; without TIME: none\n" +
    "collect NAME           takes each student's newest submission into the course folder\n" +
    "autograde NAME         runs the collected ones, each in a container without network\n" +
    "feedback NAME          makes feedback and returns it to the students\n" +
    "passback NAME          sends its grades into the learning management system (LTI 1.3)\n" +
    "export                 all grades as CSV, for Canvas or Moodle\n" +
    "missing NAME           who has not handed in, a line each\n" +
    "cancel [NAME]          ends what waits and runs",
  positionals: "STEP [NAME [TIME]]",
  least: 1,
  most: 3,
  options: {
    student: { value: "NAME", about: "autograde, feedback: only this student" },
    for: { value: "WHO", about: "deadline: a student, or @GROUP of the class list" },
    late: { value: "HOW", about: "deadline: accept later work and mark it (default), or close" },
    form: { value: "FORM", about: "export: plain (default), canvas or moodle" },
    output: { value: "FILE", about: "export: where to (default: the screen)" },
    json: { about: "status: as JSON, for programs" },
  },
  more: "The course folder is course/ in every grader's server. Ctrl-C leaves a step running.",
};

/** What each step asks of the grading service, one after the other. */
/** @type {Record<string, readonly string[]>} */
const steps = {
  release: ["generate", "release"],
  unrelease: ["unrelease"],
  collect: ["collect"],
  autograde: ["autograde"],
  feedback: ["feedback", "release_feedback"],
};

/** @typedef {(request: Record<string, unknown>) => Promise<unknown>} Ask */

/**
 * @param {Ask} ask
 * @param {string} step
 * @param {string} assignment
 * @param {string | undefined} student
 */
async function runStep(ask, step, assignment, student) {
  for (const kind of steps[step] ?? []) {
    const request = { do: "run", kind, assignment, ...(student && { student }) };
    const jobs = /** @type {import("./lib/course/assignments.mjs").Job[]} */ (await ask(request));
    if (jobs.length === 0) {
      console.log(`There is nothing to ${step}: run collect first.`);
      return 0;
    }
    const failed = await follow(ask, jobs, (line) => {
      console.log(`${kind} ${assignment}: ${line}`);
    });
    for (const job of failed) {
      console.error(`  ${job.student ?? assignment}: ${job.state}. ${job.error}`);
    }
    const [first] = failed;
    if (first !== undefined) {
      const { log } = /** @type {{ log: string }} */ (await ask({ do: "log", job: first.id }));
      console.error(`The end of the first one's log:\n${log.slice(-2000)}`);
      return exitCodes.failed;
    }
  }
  return 0;
}

/** @param {Ask} ask @param {import("./lib/command/arguments.mjs").Arguments} args */
async function exportGrades(ask, args) {
  const form = args.get("form") ?? "plain";
  const { csv } = /** @type {{ csv: string }} */ (await ask({ do: "grades", form }));
  const file = args.get("output");
  if (file === undefined) process.stdout.write(csv);
  else writeFileSync(file, csv, { mode: 0o600 });
  return 0;
}

/**
 * @param {Ask} ask
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {string | undefined} name
 */
async function status(ask, args, name) {
  const answer =
    /** @type {{ zone: string, assignments: import("./lib/course/assignments.mjs").AssignmentStatus[] }} */ (
      await ask({ do: "status" })
    );
  const found = answer.assignments.filter(
    ({ assignment }) => name === undefined || assignment === name,
  );
  if (args.words[0] === "missing") {
    for (const person of found.flatMap(({ missing }) => missing)) console.log(person);
  } else if (args.has("json")) console.log(JSON.stringify(found, null, 2));
  else console.log(statusTable(found, answer.zone));
  return 0;
}

await runCommand(command, async (args, stack) => {
  const [step = "", name, time] = args.words;
  const others = ["status", "deadline", "export", "missing", "cancel", "passback"];
  const known = [...Object.keys(steps), ...others];
  if (!known.includes(step)) {
    throw usage(command, `There is no step "${step}": ${known.join(", ")}.`);
  }
  if (name === undefined && !["status", "export", "cancel"].includes(step)) {
    throw usage(command, `${step} needs the NAME of an assignment.`);
  }
  const engines = await openEngines(stack);
  /** @type {Ask} */
  const ask = (request) => askGrading(engines, request);
  if (step === "status" || step === "missing") return status(ask, args, name);
  if (step === "passback") {
    const sent = await passBack(engines, ask, String(name));
    console.log(tellSent(sent, String(name)));
    return Object.keys(sent.refused).length > 0 ? exitCodes.failed : 0;
  }
  if (step === "export") return exportGrades(ask, args);
  if (step === "cancel") {
    const answer = /** @type {{ cancelled: number }} */ (
      await ask({ do: "cancel", ...(name && { assignment: name }) })
    );
    console.log(`${String(answer.cancelled)} cancelled.`);
    return 0;
  }
  if (step === "deadline") {
    const [who, late] = [args.get("for"), args.get("late")];
    const answer = /** @type {{ due: string | null }} */ (
      await ask({
        ...{ do: "deadline", assignment: name, due: time ?? null },
        ...(who && { who }),
        ...(late && { late }),
      })
    );
    process.stdout.write(
      `${String(name)} is ${answer.due === null ? "without a deadline" : `due ${answer.due}`}${who === undefined ? "" : ` for ${who}`}.\n`,
    );
    return 0;
  }
  return runStep(ask, step, String(name), args.get("student"));
});
