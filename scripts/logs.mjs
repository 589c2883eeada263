// @ts-check
// npm run logs PART: what a part of the course wrote.
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { demux } from "./lib/docker/streams.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { findPart, partNames } from "./lib/docker/parts.mjs";

const command = {
  name: "logs",
  about: "Shows what a part of the course wrote, also when it has ended.",
  positionals: "PART [NAME [SERVER]]",
  least: 1,
  most: 3,
  options: {
    follow: { short: "f", about: "goes on showing it as it is written" },
    since: { value: "TIME", about: "only what is younger, e.g. 90s, 10m, 1h, 2026-09-01T10:00:00" },
    lines: { value: "N", short: "n", about: "only the last N lines (default: 200)" },
  },
  more: `Parts: ${partNames}.`,
};

/** How many seconds the units of --since have. @type {Record<string, number>} */
const units = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds since 1970. @param {string} text */
function parseSince(text) {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const before = Number(count) * (units[unit] ?? 0);
  const seconds = count === undefined ? Date.parse(text) / 1000 : Date.now() / 1000 - before;
  if (!Number.isNaN(seconds)) return Math.floor(seconds);
  throw usage(command, `--since ${text}: neither a duration (90s, 10m, 1h, 2d) nor a time.`);
}

await runCommand(command, async (args, stack) => {
  const lines = args.get("lines") ?? "200";
  if (!/^(\d+|all)$/.test(lines))
    throw usage(command, `--lines ${lines}: not a number, nor "all".`);
  const since = args.get("since");
  const options = {
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(lines === "all" ? {} : { tail: Number(lines) }),
    ...(since === undefined ? {} : { since: parseSince(since) }),
  };
  const engines = await openEngines(stack);
  const { engine, id, running } = await findPart(engines, args.words, { dead: true });
  const container = engine.patient.getContainer(id);
  if (!running) {
    const { State: state } = await container.inspect();
    console.error(
      `It does not run; this is its last container, ended ${state.FinishedAt}, exit code ${String(state.ExitCode)}.`,
    );
  }
  const stream =
    args.has("follow") && running
      ? await container.logs({ ...options, follow: true })
      : Readable.from([await container.logs({ ...options, follow: false })]);
  demux(engine.patient, /** @type {Readable} */ (stream), process.stdout, process.stderr);
  // Ctrl-C is how one stops following.
  process.once("SIGINT", () => process.exit(0));
  await finished(stream, { writable: false });
  return 0;
});
