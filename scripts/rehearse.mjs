// @ts-check
// npm run rehearse: a class of made-up students works on the course's machines, before a real one does.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { exitCodes, Failure } from "./lib/command/fail.mjs";
import { stoppable } from "./lib/command/signals.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { readOutputs } from "./lib/pulumi/outputs.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";

const most = { students: 500, minutes: 60 };

const command = {
  name: "rehearse",
  about:
    "Has made-up students log in through the public address, start servers, compute, save and hand in,\n" +
    "as a class does before a deadline, and removes them with everything. Ends with a verdict: the\n" +
    "slowest start, the first refusal, where the limit is, and which key to change. Its numbers are on\n" +
    "the statistics page, apart from people's.",
  options: {
    students: {
      value: "N",
      about: `how many; at most ${String(most.students)} (default: the class list)`,
    },
    minutes: { value: "N", about: `for how long; at most ${String(most.minutes)} (default: 10)` },
    insist: {
      about: "begin though people have servers, or though not all fit, and go on when people come",
    },
  },
  more:
    "Ctrl-C stops it, and removes the students first. So does the end of this program or of the\n" +
    "connection; the next rehearsal, and the hub by itself, remove whatever is left.\n" +
    "Ends with 1, too, where it was refused or stopped; a verdict, whatever it says, is 0.",
};

/** Exit codes of images/hub's command. */
const refused = 4;
const stopped = 5;

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {"students" | "minutes"} name
 * @param {number} usual
 */
function numberOf(args, name, usual) {
  const text = args.get(name);
  const number = text === undefined ? usual : Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most[name]) return number;
  throw usage(command, `--${name} is a whole number from 1 to ${String(most[name])}.`);
}

await runCommand(command, async (args, name) => {
  // Ahead of everything that takes time.
  const minutes = numberOf(args, "minutes", 10);
  numberOf(args, "students", 1);
  const { reach, login } = await readOutputs(await existingStack(name));
  if (reach === undefined) {
    throw new Failure(`The semester ${name} was made by an older program.`, {
      fix: `npm run up -- --stack ${name} brings it up to date.`,
    });
  }
  const students = numberOf(args, "students", Math.min(most.students, Math.max(1, login.students)));
  const engines = await openEngines(name);
  const words = [
    ...["semesterhub-rehearse", reach.address, String(reach.port)],
    ...["--students", String(students), "--minutes", String(minutes)],
    ...(args.has("insist") ? ["--insist"] : []),
  ];
  console.log(`${String(students)} made-up students, for ${String(minutes)} minutes.`);
  const { interrupted, result } = await stoppable(
    "The rehearsal ends; this waits until its students are removed.",
    (until) =>
      engines.exec("hub", words, {
        ...{ input: `${JSON.stringify(reach.certificates)}\n`, until },
        ...{ seconds: Infinity, show: process.stdout },
      }),
  );
  if (interrupted && result.code === stopped) return exitCodes.interrupted;
  return result.code === refused || result.code === stopped ? exitCodes.failed : result.code;
});
