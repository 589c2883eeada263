// @ts-check
// `npm test`: everything, on a machine that has Node, Go and package registries and nothing else.
// Stages run one after the other, the last ones in two lines; each says how long it took. A failing stage does
// not hide the others, but what needs a semester is not tried when the semester did not come up.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { buildFlags } from "../scripts/lib/pulumi/offlineBuild.mjs";
import { run as capture } from "../scripts/lib/command/run.mjs";
import { prepare } from "./prepare.mjs";

const seconds = (/** @type {number} */ since) => ((Date.now() - since) / 1000).toFixed(0);

/**
 * Runs a command with its output shown.
 * @param {string} file
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<boolean>} whether it succeeded
 */
function run(file, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", (error) => {
      console.error(`${file}: ${error.message}`);
      resolve(false);
    });
    child.on("close", (code) => {
      resolve(code === 0);
    });
  });
}

/** The stack that the tests make (test/lib/semester.ts). Nobody's semester has this name. */
const testStack = process.env["SEMESTERHUB_TEST_STACK"] ?? "selftest";

const started = Date.now();
const { python, stop } = await prepare();
const jest = (/** @type {string} */ project, /** @type {string[]} */ ...args) =>
  run(process.execPath, ["node_modules/jest/bin/jest.js", "--selectProjects", project, ...args]);

/**
 * The newest image of ours that the engine holds: the one that `up` just built.
 * @param {string} name
 */
async function newest(name) {
  const { stdout } = await capture("docker", [
    "images",
    `semesterhub/${name}`,
    "--format",
    "{{.Repository}}:{{.Tag}}",
  ]);
  return stdout.split("\n")[0] ?? "";
}

/**
 * Two lists of images, each tested one after the other: the hub's tests keep a processor busy, the
 * others wait for containers most of the time.
 */
const pythonImages = [
  [
    "hub",
    "homes",
    "chp",
    "registry",
    "acme",
    "alerts",
    "monitoring",
    "database",
    "firewall",
    "environment",
  ],
  ["backup", "proxy", "notebook", "adapted", "grading"],
];

/** Seconds for one image's tests: one that hangs ends, and says so. */
const longestPython = 1500;

/** Each image's Python tests, in a process of its own: each has modules called `tests`. */
async function pythonTests() {
  const env = {
    ...process.env,
    SEMESTERHUB_NOTEBOOK_IMAGE: await newest("notebook"),
    SEMESTERHUB_GRADING_IMAGE: await newest("grading"),
    SEMESTERHUB_FIREWALL_IMAGE: await newest("firewall"),
  };
  let good = true;
  // Not in the folder of every pytest of this computer, which removes what it takes for old.
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-py-"));
  const testAll = async (/** @type {string[]} */ images) => {
    for (const image of images) {
      const begin = Date.now();
      const place = `--basetemp=${join(folder, image)}`;
      const args = ["-m", "pytest", "-q", "-rs", "--durations=4", place, `images/${image}/tests`];
      const { code, stdout, stderr } = await capture(python, args, { env, seconds: longestPython });
      const late = code === 124 ? `✗ stopped: it did not end within ${longestPython} s\n` : "";
      console.log(`images/${image}/tests (${seconds(begin)} s)\n${stdout}${stderr}${late}`);
      good &&= code === 0;
    }
  };
  await Promise.all(pythonImages.map(testAll));
  rmSync(folder, { recursive: true, force: true });
  return good;
}

/** The providers of offline/, compiled as `up` compiles them: what is compiled otherwise is compiled again. */
async function offlineTests() {
  console.log(
    "skipped: offline/openstack, whose libraries take ten minutes of a processor; npm run test:openstack",
  );
  return run("go", ["-C", "offline", "test", ...buildFlags, "./..."], { CGO_ENABLED: "0" });
}

/** A semester from nothing: what an earlier run of the tests left, in any working copy, goes first. */
async function freshUp() {
  const stack = ["--stack", testStack];
  return (
    (await run(process.execPath, ["scripts/reset.mjs", ...stack, "--confirm", testStack])) &&
    (await run(process.execPath, ["scripts/up.mjs", ...stack, "--yes"]))
  );
}

/** @type {{ name: string, run: () => Promise<boolean>, needs?: string }[]} */
const stages = [
  { name: "unit", run: () => run("npm", ["run", "--silent", "test:unit"]) },
  { name: "up", run: freshUp },
  // At once: neither keeps both processors busy.
  {
    name: "parts",
    needs: "up",
    run: async () => (await Promise.all([pythonTests(), offlineTests()])).every(Boolean),
  },
  {
    name: "deploy",
    needs: "up",
    run: () => jest("deploy", "--runInBand", "--testPathIgnorePatterns", "deploy/down"),
  },
  { name: "browser", needs: "up", run: () => jest("browser", "--runInBand") },
  {
    name: "down",
    needs: "up",
    run: () => jest("deploy", "--runInBand", "--testPathPatterns", "deploy/down"),
  },
  // With the images that `up` built, since building them again on a machine takes minutes, and on the
  // machines on which most can go wrong: the files on one of their own.
  {
    name: "machines",
    needs: "up",
    run: () => run(process.execPath, ["test/machines.mjs", "--registry", "--storage"]),
  },
];

/** @type {Map<string, boolean>} */
const results = new Map();
const only = process.argv.slice(2);
const chosen = stages.filter(({ name }) => only.length === 0 || only.includes(name));

/** Runs stages one after the other. @param {typeof stages} some */
async function runAll(some) {
  for (const { name, run: runStage, needs } of some) {
    const place = `${String(chosen.findIndex((stage) => stage.name === name) + 1)}/${String(chosen.length)}`;
    console.log(`\n── ${place} ${name} (at ${seconds(started)} s)`);
    if (needs !== undefined && only.length === 0 && results.get(needs) !== true) {
      console.log(`${name}: not run, because '${needs}' failed`);
      results.set(name, false);
      continue;
    }
    const since = Date.now();
    const good = await runStage();
    results.set(name, good);
    console.log(`── ${name}: ${good ? "passed" : "FAILED"} in ${seconds(since)} s`);
  }
}

// The last two lines wait for containers and machines most of the time: where there is memory for both, they
// run side by side. Not beside the parts, some of whose networks hide what machines install from.
const roomy = totalmem() >= 16 * 2 ** 30;
const onMachines = chosen.filter(({ name }) => name === "machines");
const here = chosen.filter(({ name }) => ["deploy", "browser", "down"].includes(name));
await runAll(chosen.filter((stage) => !onMachines.includes(stage) && !here.includes(stage)));
if (roomy) {
  await Promise.all([here, onMachines].map(runAll));
} else {
  await runAll([...here, ...onMachines]);
}
await stop();
console.log(`\nAll stages in ${seconds(started)} s.`);
const passed = [...results.values()].filter(Boolean).length;
console.log(`stages: ${String(passed)} passed, ${String(chosen.length - passed)} failed`);
process.exitCode = passed === chosen.length ? 0 : 1;
