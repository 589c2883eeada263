// @ts-check
// npm run bench -- NAME: one benchmark, ours beside what it is measured against.
import { createRequire } from "node:module";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { register } from "ts-node";
import { exitCodes, Failure, runMain } from "../../scripts/lib/command/fail.mjs";
import { root } from "../../scripts/lib/command/paths.mjs";
import { Progress } from "../../scripts/lib/command/progress.mjs";
import { table } from "../../scripts/lib/command/text.mjs";
import { preview } from "./preview.mjs";

/** @typedef {import("./lib/bench.js").Outcome} Outcome */

const usage = `Usage: npm run bench -- NAME [options]

  spawn    a class starts its servers at once, beside stock SwarmSpawner
           --students 30  --tiny 200  --rounds 2 (of the students; 0 leaves one out)
  static   static files through nginx, beside a bare nginx and beside chp and Jupyter
           --seconds 6  --rounds 3
  open     from pressing Start to a usable JupyterLab in Chromium, beside stock
           --rounds 3  --stack NAME (ours is a running stack, else one that is made for it)
  preview  a preview without changes, beside that of a program without resources
           --rounds 5  --stack selftest  --machines NAME (a stack on machines that is up)

All but preview make their own hubs on this computer's engine and remove them at the end.
`;

/** @type {Record<string, { type: "string" }>} */
const known = Object.fromEntries(
  ["students", "tiny", "rounds", "seconds", "stack", "machines"].map((name) => [
    name,
    { type: "string" },
  ]),
);

/** @type {(path: string) => unknown} */
const load = createRequire(import.meta.url);

/**
 * Runs one of the benchmarks that need hubs, and removes everything afterwards.
 * @param {"spawn" | "static" | "open"} name
 * @param {import("./lib/bench.js").Step} step
 * @param {Readonly<Record<string, string | undefined>>} options
 * @returns {Promise<Outcome>}
 */
async function withHubs(name, step, options) {
  register({ projectSearchDir: root });
  const { Bench } = /** @type {typeof import("./lib/bench.js")} */ (load("./lib/bench.ts"));
  const all = /** @type {typeof import("./benchmarks.js")} */ (load("./benchmarks.ts"));
  const bench = await Bench.open(step, options);
  const stop = () => {
    process.stderr.write("\nRemoving what was made …\n");
    void bench.clear().finally(() => process.exit(exitCodes.interrupted));
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await all.benchmarks[name](bench);
  } finally {
    await step("removing what was made", () => bench.clear());
  }
}

/**
 * A number with as many digits as one reads.
 * @param {number} value
 */
function short(value) {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** @param {Outcome} outcome */
function shown({ rows, notes }) {
  const lines = rows.map((row) => [
    row.what,
    `${short(row.ours)} ${row.unit}`.trim(),
    `${short(row.theirs)} ${row.unit}`.trim(),
    row.other,
    Number.isFinite(row.ratio) ? row.ratio.toFixed(2) : "-",
    row.target ?? "-",
    row.holds === undefined ? "" : row.holds ? "holds" : "MISSED",
  ]);
  const head = ["", "ours", "theirs", "beside", "ratio", "target", ""];
  return [table([head, ...lines]), ...notes.map((note) => `  ${note}`)].join("\n");
}

/** @param {string[]} words */
async function main(words) {
  const { values, positionals } = parseArgs({
    args: words,
    options: known,
    allowPositionals: true,
  });
  const [name] = positionals;
  const options = /** @type {Record<string, string | undefined>} */ (values);
  const progress = new Progress(process.stderr);
  /** @type {import("./lib/bench.js").Step} */
  const step = (title, work) => progress.step(title, work);
  const before = loadavg()[0] ?? 0;
  /** @type {Outcome} */
  let outcome;
  if (name === "spawn" || name === "static" || name === "open") {
    outcome = await withHubs(name, step, options);
  } else if (name === "preview") {
    outcome = await preview(step, options);
  } else {
    throw new Failure(usage, { code: exitCodes.usage });
  }
  const load = before.toFixed(1);
  process.stdout.write(`\n${name} (load of the machine before: ${load})\n${shown(outcome)}\n\n`);
  process.stdout.write(`${JSON.stringify({ bench: name, load: before, ...outcome })}\n`);
  return outcome.rows.some(({ holds }) => holds === false) ? exitCodes.failed : 0;
}

await runMain(main);
