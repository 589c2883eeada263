// @ts-check
// npm run test:machines [-- --all] [-- --keep] [-- --registry] [-- --storage]: a course on machine containers, from bare
// machines to clean ones; --all adds the parts that take longest. With --registry the images are not
// built on the hub's machine, which takes minutes, but come from a registry on this computer. With
// --storage the files have a machine of their own, and what is special about that is tested.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { run } from "../scripts/lib/command/run.mjs";
import { bedDown, bedUp, planBed } from "./lib/machines.mjs";

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    // Leaves the machines and the stack, to look at them.
    keep: { type: "boolean", default: false },
    registry: { type: "boolean", default: false },
    storage: { type: "boolean", default: false },
    stack: { type: "string" },
    // Only these parts, on the bed that is there.
    only: { type: "string", multiple: true, default: [] },
  },
});

/** In this order; those that take minutes are for --all. */
const parts = [
  { name: "up", always: true },
  ...(values.storage ? [{ name: "storage", always: true }] : []),
  { name: "isolation", always: true },
  // Of machines that two semesters share, those for files are tested as any others (unit tests).
  ...(values.storage ? [] : [{ name: "second", always: false }]),
  // Minutes of waiting until a Swarm gives a node up.
  ...(values.storage ? [] : [{ name: "cut", always: false }]),
  // Of a whole assignment; the cloud's has files on a machine of their own.
  ...(values.storage ? [] : [{ name: "term", always: false }]),
  { name: "scale", always: false },
  { name: "reboot", always: false },
  { name: "drift", always: false },
  { name: "lost", always: false },
  { name: "files", always: values.storage },
  { name: "down", always: true },
];
const stack = values.stack ?? (values.storage ? "selfstore" : "selfbed");

const seconds = (/** @type {number} */ since) => ((Date.now() - since) / 1000).toFixed(0);
const bed = planBed(stack, 2, {
  configured: 1,
  registry: values.registry,
  storage: values.storage,
});

/**
 * Runs one part's tests.
 * @param {string} name
 */
function test(name) {
  const words = ["--selectProjects", "machines", "--testPathPatterns", `machines/${name}`];
  return node("node_modules/jest/bin/jest.js", "-i", ...words);
}

/**
 * Runs a Node program with its output shown.
 * @param {string[]} words
 * @returns {Promise<boolean>} whether it succeeded
 */
function node(...words) {
  const child = spawn(process.execPath, words, {
    stdio: "inherit",
    env: {
      ...process.env,
      SEMESTERHUB_BED: stack,
      ...(values.registry && { SEMESTERHUB_BED_REGISTRY: "1" }),
      ...(values.storage && { SEMESTERHUB_BED_STORAGE: "1" }),
    },
  });
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve(code === 0);
    });
  });
}

/** Seconds that this computer's processors have worked: when it is busy they tell more than time. */
function processorSeconds() {
  const [, user = 0, nice = 0, system = 0] = readFileSync("/proc/stat", "utf8")
    .split("\n", 1)
    .flatMap((line) => line.split(/\s+/).map(Number));
  return (user + nice + system) / 100;
}

/** Forgets the state that a run left which was interrupted: its machines are gone. */
async function forget() {
  const words = ["stack", "rm", "--stack", stack, "--yes", "--force", "--preserve-config"];
  // Fails where there is none, which is well.
  await run(process.execPath, ["scripts/pulumi.mjs", ...words]);
}

const started = Date.now();
const chosen = parts.filter(({ name, always }) =>
  values.only.length > 0 ? values.only.includes(name) : always || values.all,
);
if (values.only.length === 0) await bedDown(bed);
for (const reason of await bedUp(bed)) console.log(`  skipped: ${reason}`);
if (values.only.length === 0) await forget();
for (const { name } of parts.filter((part) => values.only.length === 0 && !chosen.includes(part))) {
  console.log(`  skipped: ${name}, which takes minutes; npm run test:machines -- --all`);
}
console.log(`  ${bed.machines.length} machines in ${seconds(started)} s`);
let good = !values.registry || (await node("scripts/images.mjs", "--stack", stack));
for (const { name } of good ? chosen : []) {
  const since = Date.now();
  const worked = processorSeconds();
  const passed = await test(name);
  good = good && passed;
  const used = (processorSeconds() - worked).toFixed(0);
  console.log(
    `  machines/${name}: ${passed ? "passed" : "FAILED"} in ${seconds(since)} s (this computer's processors: ${used} s)`,
  );
  // What comes after stands on it.
  if (!passed && name === "up") break;
}
if (!values.keep) await bedDown(bed);
process.exitCode = good ? 0 : 1;
