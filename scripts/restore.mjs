// @ts-check
// npm run restore: files as they were at some time, for one student or for the whole course.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { Failure } from "./lib/command/fail.mjs";
import { withZone } from "./lib/command/moment.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { confirm } from "./lib/command/prompt.mjs";
import { uninterrupted } from "./lib/command/signals.mjs";
import { startCourse, stopCourse, stopServer, withFolder } from "./lib/docker/servers.mjs";

const command = {
  name: "restore",
  about:
    "Brings files back as they were. What is there now is not lost: it is moved to restored-over in\n" +
    "the folder of the course. The servers that have the files, or with --everything the course, are\n" +
    "stopped for it.",
  options: {
    student: { value: "NAME", about: "this student's home" },
    group: { value: "NAME", about: "this group's folder, /srv/groups/NAME" },
    path: { value: "PATH", about: "only this file or folder of the home or the group's folder" },
    everything: {
      about:
        "homes, groups' folders, exchange, shared and course folder, submissions, grades, user ids, statistics and the databases",
    },
    time: {
      value: "TIME",
      about:
        "as it was then, by this computer's clock: 2026-11-21T13:00, 3d, yesterday (default: last)",
    },
    times: { about: "lists the times that can be restored, and does nothing else" },
    list: { about: "lists the student's or group's files at that time, and does nothing else" },
    yes: { short: "y", about: "does not ask" },
  },
};

const keepOn = "A restore is not cut short half way; this waits until it is done.";

/**
 * @param {import("./lib/docker/engines.mjs").Engines} engines
 * @param {string} student
 * @param {() => Promise<number>} restore
 */
async function restoreStudent(engines, student, restore) {
  const progress = new Progress();
  await progress.step(
    `Stopping ${student}'s server`,
    () => stopServer(engines, student),
    (ran) => (ran ? "" : "it did not run"),
  );
  failOn(await uninterrupted(keepOn, restore));
  // Started meanwhile, it would work in the folder that was set aside.
  if (await stopServer(engines, student)) {
    const text = `${student} started the server during the restore; it was stopped again`;
    progress.mark("warning", text);
  }
  progress.mark("ok", `${student}'s files are back, and ${student} may start the server`);
}

/**
 * @param {import("./lib/docker/engines.mjs").Engines} engines
 * @param {string} group
 * @param {() => Promise<number>} restore
 */
async function restoreGroup(engines, group, restore) {
  const progress = new Progress();
  const stopAll = async () => {
    const stopped = await withFolder(engines, group);
    for (const name of stopped) await stopServer(engines, name);
    return stopped;
  };
  await progress.step(`Stopping the servers that have ${group}'s folder`, stopAll, (stopped) =>
    stopped.length === 0 ? "none ran" : stopped.join(", "),
  );
  failOn(await uninterrupted(keepOn, restore));
  // Started meanwhile, they would work in the folder that was set aside.
  const again = await stopAll();
  if (again.length > 0) {
    const text = `${again.join(", ")} started a server during the restore; it was stopped again`;
    progress.mark("warning", text);
  }
  progress.mark("ok", `${group}'s files are back, and its members may start their servers`);
}

/**
 * @param {import("./lib/docker/engines.mjs").Engines} engines
 * @param {() => Promise<number>} restore
 */
async function restoreEverything(engines, restore) {
  const progress = new Progress();
  await progress.step("Stopping the course", (log) => stopCourse(engines, log));
  const code = await uninterrupted(keepOn, restore).catch(() => 1);
  // Whatever came of it, the course goes on the air again.
  const hasHub = await progress.step(
    "Starting the course",
    () => startCourse(engines),
    (found) => (found ? "" : "there is no hub yet"),
  );
  failOn(code);
  progress.mark("ok", "everything is as it was then");
  if (!hasHub) progress.mark("warning", "npm run up makes the rest of the course");
}

/** @param {number} code */
function failOn(code) {
  if (code === 0) return;
  throw new Failure("Nothing was restored; the reason stands above.", {
    fix:
      code === 4
        ? "npm run restore -- --times lists the times, npm run roster list the names and groups."
        : "npm run logs backup says more.",
  });
}

await runCommand(command, async (args, stack) => {
  const [student, group] = [args.get("student"), args.get("group")];
  const [path, time] = [args.get("path"), args.get("time")];
  const name = student ?? group;
  if (!args.has("times")) {
    const said = [student !== undefined, group !== undefined, args.has("everything")];
    if (said.filter(Boolean).length !== 1) {
      const ways = "--student NAME, --group NAME or --everything";
      throw usage(command, `Say what to restore: one of ${ways}.`);
    }
    if (name === undefined && (path !== undefined || args.has("list"))) {
      throw usage(command, "--path and --list go with --student or --group.");
    }
  }
  const engines = await openEngines(stack);
  // Ahead of a question, and of stopping anything.
  await engines.containerOf("backup");
  const tool = async (/** @type {string[]} */ ...words) => {
    const options = { seconds: Infinity, show: process.stdout };
    return (await engines.exec("backup", ["semesterhub-backup", ...words], options)).code;
  };
  if (args.has("times")) return tool("times");

  const moment = time === undefined ? undefined : withZone(time, new Date());
  if (moment !== undefined && moment !== time) console.log(`As of ${moment}`);
  const which = [
    ...(path === undefined ? [] : [`--path=${path}`]),
    ...(moment === undefined ? [] : [`--time=${moment}`]),
  ];
  if (name === undefined) {
    const question = `Restore everything of ${stack}? The course is off the air meanwhile, and everybody's servers are stopped.`;
    await confirm(question, args.has("yes"));
    const words = ["restore", "--everything", ...which, "--services-stopped"];
    await restoreEverything(engines, () => tool(...words));
    return 0;
  }
  // One word each: a name that begins with a dash is no option.
  const whose = student === undefined ? `--group=${name}` : `--student=${name}`;
  if (args.has("list")) return tool("list", whose, ...which);
  const servers = student === undefined ? "The servers that have them are" : "Their server is";
  const question = `Restore ${name}'s files? ${servers} stopped; what is there now is kept aside.`;
  await confirm(question, args.has("yes"));
  const words = ["restore", whose, ...which, "--server-stopped"];
  const restore = () => tool(...words);
  await (student === undefined
    ? restoreGroup(engines, name, restore)
    : restoreStudent(engines, student, restore));
  return 0;
});
