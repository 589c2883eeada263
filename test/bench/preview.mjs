// @ts-check
// (d) A preview without changes beside that of a program without resources: same CLI, same loader,
// same SDK. With --machines, also of a course on machines beside one on this computer.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/lib/command/paths.mjs";
import { must } from "../../scripts/lib/command/run.mjs";
import { existingStack } from "../../scripts/lib/pulumi/stack.mjs";

const atMost = 1.5;
/** Seconds that a preview may take longer on machines. */
const longer = 2;

/** @param {readonly number[]} values */
function middle(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1] ?? Number.NaN;
  return (low + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/**
 * Seconds that some work takes.
 * @param {() => Promise<unknown>} work
 */
async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/**
 * A program without resources in a folder of its own, with its own state.
 * @param {import("../../scripts/lib/pulumi/stack.mjs").Stack} stack whose CLI it uses
 */
async function emptyProgram(stack) {
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-bench-"));
  const state = join(folder, "state");
  mkdirSync(state);
  const program = join(folder, "program");
  mkdirSync(program);
  cpSync(join(root, "tsconfig.json"), join(program, "tsconfig.json"));
  symlinkSync(join(root, "node_modules"), join(program, "node_modules"));
  writeFileSync(join(program, "package.json"), '{ "name": "empty", "main": "index.ts" }\n');
  writeFileSync(
    join(program, "index.ts"),
    'import * as pulumi from "@pulumi/pulumi";\n\nexport const stack = pulumi.getStack();\n',
  );
  writeFileSync(
    join(program, "Pulumi.yaml"),
    "name: empty\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: true\n",
  );
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    ...stack.workspace.envVars,
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: "empty",
  };
  delete env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  /** @param {string[]} words */
  const pulumi = (...words) =>
    must(stack.tools.pulumi, [...words, "--non-interactive"], {
      env,
      cwd: program,
      doing: `pulumi ${words.join(" ")} of a program without resources`,
    });
  await pulumi("stack", "init", "empty");
  await pulumi("up", "--yes", "--stack", "empty");
  return {
    preview: () => pulumi("preview", "--stack", "empty", "--expect-no-changes"),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Measures previews in turns, and an `up` that has nothing to do.
 * @param {import("./lib/bench.js").Step} step
 * @param {Record<string, string | undefined>} options
 * @returns {Promise<import("./lib/bench.js").Outcome>}
 */
export async function preview(step, options) {
  const rounds = Number(options["rounds"] ?? 5);
  const stack = await existingStack(options["stack"] ?? "selftest");
  const command = [join(root, "scripts", "up.mjs"), "--stack", stack.name, "--yes"];
  const bringUp = () => must(process.execPath, command, { doing: "npm run up", cwd: root });
  await step("npm run up", bringUp);
  const up = await step("npm run up, with nothing to do", () => timed(bringUp));
  const empty = await step("a program without resources", () => emptyProgram(stack));
  const elsewhere =
    options["machines"] === undefined ? undefined : await existingStack(options["machines"]);
  /** @type {{ ours: number[], empty: number[], machines: number[] }} */
  const seconds = { ours: [], empty: [], machines: [] };
  const ours = (of = stack) =>
    of.must(
      ["preview", "--expect-no-changes", "--suppress-outputs", ...of.configArgs()],
      "The preview",
    );
  try {
    // The first of each fills caches, and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const title = round === 0 ? "to warm up" : `round ${String(round)} of ${String(rounds)}`;
      await step(title, async () => {
        const times = { ours: await timed(() => ours()), empty: await timed(empty.preview) };
        const there = elsewhere && (await timed(() => ours(elsewhere)));
        if (round === 0) return;
        seconds.ours.push(times.ours);
        seconds.empty.push(times.empty);
        if (there !== undefined) seconds.machines.push(there);
      });
    }
  } finally {
    empty.remove();
  }
  const [mine, theirs] = [middle(seconds.ours), middle(seconds.empty)];
  const ratio = mine / theirs;
  return {
    rows: [
      {
        ...{
          what: "pulumi preview",
          ours: mine,
          theirs,
          other: "a program without resources",
          unit: "s",
        },
        ...{ ratio, target: `≤ ${String(atMost)}`, holds: ratio <= atMost },
      },
      ...(elsewhere === undefined ? [] : [onMachines(middle(seconds.machines), mine)]),
    ],
    notes: [`npm run up with nothing to do: ${up.toFixed(1)} s (issue: at most 60 s)`],
    data: { ...seconds, up },
  };
}

/**
 * @param {number} ours
 * @param {number} theirs
 */
function onMachines(ours, theirs) {
  return {
    ...{ what: "pulumi preview, on machines", ours, theirs, other: "on this computer", unit: "s" },
    ratio: ours / theirs,
    target: `≤ ${String(longer)} s more`,
    holds: ours - theirs <= longer,
  };
}
