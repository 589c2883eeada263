// @ts-check
// npm run logs PART: what a part of the course wrote.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { exitCodes } from "./lib/command/fail.mjs";
import { findPart, partNames } from "./lib/docker/parts.mjs";
import { attach } from "./lib/command/run.mjs";

const command = {
  name: "logs",
  about: "Shows what a part of the course wrote, also when it has ended.",
  positionals: "PART [NAME]",
  least: 1,
  most: 2,
  options: {
    follow: { short: "f", about: "goes on showing it as it is written" },
    since: { value: "TIME", about: "only what is younger, e.g. 90s, 10m, 1h, 2026-09-01T10:00:00" },
    lines: { value: "N", short: "n", about: "only the last N lines (default: 200)" },
  },
  more: `Parts: ${partNames}.`,
};

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {string} stack
 */
async function main(args, stack) {
  const lines = args.get("lines") ?? "200";
  if (!/^(\d+|all)$/.test(lines))
    throw usage(command, `--lines ${lines}: not a number, nor "all".`);
  const since = args.get("since");
  if (
    since !== undefined &&
    !/^(\d+(\.\d+)?[smh]|(\d+h)?(\d+m)?(\d+s)?|\d{4}-\d\d-\d\d([T ].*)?|\d+)$/.test(since)
  ) {
    throw usage(command, `--since ${since}: neither a duration (10m, 1h) nor a time.`);
  }
  const engines = await openEngines(stack);
  const { engine, id, running } = await findPart(engines, args.words, { dead: true });
  if (!running) {
    const { stdout } = await engine.run([
      "inspect",
      "--format",
      "{{.State.FinishedAt}}, exit code {{.State.ExitCode}}",
      id,
    ]);
    process.stderr.write(`It does not run; this is its last container, ended ${stdout.trim()}.\n`);
  }
  // `docker service logs` can hang; the container's own log does not.
  const options = [
    ...["--timestamps", "--tail", lines],
    ...(since === undefined ? [] : ["--since", since]),
    ...(args.has("follow") && running ? ["--follow"] : []),
  ];
  const code = await attach("docker", ["logs", ...options, id], { env: engine.env });
  // Ctrl-C is how one stops following.
  return code === exitCodes.interrupted && args.has("follow") ? 0 : code;
}

await runCommand(command, main);
