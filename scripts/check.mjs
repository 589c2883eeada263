// @ts-check
// npm run check: whether the course answers, as a student would see it.
import { runCommand } from "./lib/command/arguments.mjs";
import { Failure } from "./lib/command/fail.mjs";
import { uninterrupted } from "./lib/command/signals.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { readOutputs } from "./lib/pulumi/outputs.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";

const command = {
  name: "check",
  about:
    "Has a student who never existed before log in through the public address, start a server, save a\n" +
    "file, run a cell, and removes them with everything. Ends with 1 when a step fails, and says which;\n" +
    "with 3 when the course is full, so that no server could be started.",
  options: {},
};

/** The exit code of images/hub's command where the course is full. */
const full = 3;

await runCommand(command, async (_args, name) => {
  const { reach } = await readOutputs(await existingStack(name));
  if (reach === undefined) {
    throw new Failure(`The semester ${name} was made by an older program.`, {
      fix: `npm run up -- --stack ${name} brings it up to date, and checks it.`,
    });
  }
  const engines = await openEngines(name);
  const words = ["semesterhub-check", reach.address, String(reach.port)];
  const { code } = await uninterrupted(
    "The student of the check is being removed; this waits until that is done.",
    () =>
      engines.exec("hub", words, {
        ...{ input: `${reach.certificates}\n`, seconds: Infinity, show: process.stdout },
      }),
  );
  return code === 0 || code === full ? code : 1;
});
