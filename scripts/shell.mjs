// @ts-check
// npm run shell PART: a shell inside a part of the course.
import { runCommand } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { findPart, partNames } from "./lib/docker/parts.mjs";
import { canAsk } from "./lib/command/prompt.mjs";
import { attach } from "./lib/command/run.mjs";

const command = {
  name: "shell",
  about:
    "Opens a shell in a part of the course, as the user that the part runs as. Without a terminal it\n" +
    "runs what comes on standard input.",
  positionals: "PART [NAME]",
  least: 1,
  most: 2,
  options: { root: { about: "as root (a student's server: still without any capability)" } },
  more: `Parts: ${partNames}.`,
};

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {string} stack
 */
async function main(args, stack) {
  const engines = await openEngines(stack);
  const { engine, id } = await findPart(engines, args.words);
  if (args.words[0] === "student" && canAsk()) {
    process.stderr.write(
      `These are ${args.words[1] ?? ""}'s own files, and what you do here is done in their name.\n`,
    );
  }
  const options = [
    "--interactive",
    ...(canAsk() ? ["--tty"] : []),
    ...(args.has("root") ? ["--user", "0:0"] : []),
  ];
  const shell = "if command -v bash >/dev/null; then exec bash; else exec sh; fi";
  return attach("docker", ["exec", ...options, id, "sh", "-c", shell], { env: engine.env });
}

await runCommand(command, main);
