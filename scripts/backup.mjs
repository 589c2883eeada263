// @ts-check
// npm run backup: a backup now, beside those that are taken every hour.
import { runCommand } from "./lib/command/arguments.mjs";
import { Failure } from "./lib/command/fail.mjs";
import { uninterrupted } from "./lib/command/signals.mjs";
import { openEngines } from "./lib/docker/engines.mjs";

const command = {
  name: "backup",
  about: "Takes a backup now and shows how it goes; waits for one that runs already.",
  options: {},
};

await runCommand(command, async (_args, name) => {
  const engines = await openEngines(name);
  const words = ["semesterhub-backup", "now"];
  const { code } = await uninterrupted(
    "The backup goes on in its container; this waits until it is done.",
    () => engines.exec("backup", words, { seconds: Infinity, show: process.stdout }),
  );
  if (code !== 0) {
    throw new Failure("There is no new backup; the reason stands above.", {
      fix: "npm run logs backup says more.",
    });
  }
  process.stdout.write("Backed up. npm run restore -- --times lists what can be restored.\n");
  return 0;
});
