// @ts-check
// npm run roster: who may log in, and what a new list would change.
import { readFileSync } from "node:fs";
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { Failure, messageOf } from "./lib/command/fail.mjs";
import { importRoster } from "./lib/course/importRoster.mjs";
import { lmsList } from "./lib/course/lmsMembers.mjs";
import { readRosterFile, rosterChanges } from "./lib/course/roster.mjs";
import { counted, table } from "./lib/command/text.mjs";
import { findStackFile } from "./lib/pulumi/stackFile.mjs";

const command = {
  name: "roster",
  about:
    "check FILE  reads a CSV file (username,role,groups) as the program would, and shows what would\n" +
    "            change if it took the place of the running course's roster\n" +
    "import FILE reads a class list of Canvas, Moodle or Blackboard, shows the columns that it takes and\n" +
    "            who comes and goes, and writes the program's CSV file\n" +
    "import --from-lms does the same with the list that the learning management system gives (lti13)\n" +
    "list        shows who may log in to the running course",
  positionals: "check FILE | import FILE | import --from-lms | list",
  least: 1,
  most: 2,
  options: {
    json: { about: "list as JSON, for programs" },
    "from-lms": { about: "import: ask the learning management system" },
    column: { value: "NAME", about: "import: the column with the names that people log in with" },
    groups: { value: "NAME", about: 'import: the column with groups; "none" for no groups' },
    to: { value: "CSV", about: "import: the file that is written; roster.csv without it" },
    yes: { about: "import: write it without a question" },
  },
  more: "To use a file: semesterhub:roster file in Pulumi.<stack>.yaml, then npm run up.",
};

/**
 * The roster that the running hub has.
 * @param {string} stack
 * @returns {Promise<import("./lib/course/roster.mjs").Roster | undefined>}
 */
async function runningRoster(stack) {
  const engines = await openEngines(stack);
  const roster = await engines.ask("hub", ["cat", "/srv/hub/roster.json"]);
  return /** @type {import("./lib/course/roster.mjs").Roster | undefined} */ (roster);
}

/** @param {string} file */
function bytesOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure(`${file} can't be read: ${messageOf(error)}`);
  }
}

/** @param {string} stack @param {string} file */
async function check(stack, file) {
  const text = bytesOf(file).toString("utf8");
  const { roster, problems } = readRosterFile(text, file);
  if (problems.length > 0) {
    throw new Failure(
      `${file} has ${counted(problems.length, "problem")}:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  const { students, staff, groups } = roster;
  console.log(
    `${file} is good: ${counted(students.length, "student")}, ${String(staff.length)} staff, ${counted(Object.keys(groups).length, "group")}.`,
  );
  const now = await runningRoster(stack);
  if (now === undefined) {
    console.log(`No hub of ${stack} runs, so there is nothing to compare it with.`);
    return 0;
  }
  const changes = rosterChanges(now, roster);
  process.stdout.write(
    changes.length === 0
      ? `The hub of ${stack} has this very roster.\n`
      : `In place of the roster that the hub of ${stack} has:\n${changes.map((line) => `  ${line}`).join("\n")}\n`,
  );
  return 0;
}

/** @param {string} stack @param {boolean} json */
async function list(stack, json) {
  const roster = await runningRoster(stack);
  if (roster === undefined) {
    throw new Failure(`No hub of ${stack} runs.`, { fix: "npm run status shows what does." });
  }
  if (json) {
    console.log(JSON.stringify(roster, null, 2));
    return 0;
  }
  const groupsOf = (/** @type {string} */ name) =>
    Object.entries(roster.groups)
      .filter(([, members]) => members.includes(name))
      .map(([group]) => group)
      .join(", ");
  const rows = [
    ...roster.staff.map((name) => [name, "staff", groupsOf(name)]),
    ...roster.students.map((name) => [name, "student", groupsOf(name)]),
  ];
  console.log(table([["NAME", "ROLE", "GROUPS"], ...rows], ""));
  return 0;
}

await runCommand(command, async (args, stack) => {
  const [what, file] = args.words;
  if (what === "list" && file === undefined) return list(stack, args.has("json"));
  if (what === "check" && file !== undefined) return check(stack, file);
  const fromLms = args.has("from-lms");
  if (what === "import" && (file !== undefined) !== fromLms) {
    const groups = args.get("groups");
    const { ["semesterhub:login"]: login } = findStackFile(stack)?.config ?? {};
    return importRoster({
      ...(file === undefined ? await lmsList(stack) : { file, bytes: bytesOf(file) }),
      to: args.get("to") ?? "roster.csv",
      // Whether the login method knows people by their addresses.
      byEmail: /google|cilogon|globus|"email"/.test(JSON.stringify(login ?? "")),
      column: args.get("column"),
      groups: groups === "none" ? "" : groups,
      yes: args.has("yes"),
    });
  }
  throw usage(command, "Write check FILE, import FILE, import --from-lms, or list.");
});
