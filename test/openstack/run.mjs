// @ts-check
// `npm run test:openstack -- [--storage] [STAGE…]`: a course on a real OpenStack on this computer, with
// --storage one whose files have a machine of their own. TESTCLOUD is the folder with testcloud.sh, which
// brings that cloud up. Each stage says how long it took; what needs a course is not tried when it did not
// come up. Minutes a stage: its processors are emulated.
import { spawn } from "node:child_process";
import { Failure, runMain } from "../../scripts/lib/command/fail.mjs";
import { buildFlags } from "../../scripts/lib/pulumi/offlineBuild.mjs";
import { startPackageProxy } from "../lib/packageProxy.mjs";
import { registryDown, registryUp } from "../lib/registry.mjs";
import {
  bedApart,
  besideOf,
  cloud,
  cloudScript,
  cloudUp,
  gateway,
  packageProxyPort,
  registry,
  removeConfiguration,
  usualBed,
  writeConfiguration,
} from "./bed.mjs";
import { deleteKept, inCloud } from "./cloud.mjs";
import { guestUp } from "./guest.mjs";

const apart = "--storage";
const bed = process.argv.includes(apart) ? bedApart : usualBed;
const { stack } = bed;
const env = {
  ...process.env,
  ...cloud.environment,
  SEMESTERHUB_CLOUD_STACK: stack,
  // As everything in offline/ is compiled.
  CGO_ENABLED: "0",
};

/**
 * Runs a program with its output shown.
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<boolean>} whether it succeeded
 */
function program(file, ...args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: "inherit", env });
    child.on("error", () => {
      resolve(false);
    });
    child.on("close", (code) => {
      resolve(code === 0);
    });
  });
}

/** @param {string[]} args */
const node = (...args) => program(process.execPath, ...args);

/** Checks the offline provider, which `npm test` leaves out. @param {string} command */
const go = (command) => program("go", "-C", "offline/openstack", command, ...buildFlags, "./...");

/** @param {string} script @param {string[]} args */
const operator = (script, ...args) => node(`scripts/${script}.mjs`, "--stack", stack, ...args);

/** @param {string} file */
const jest = (file) =>
  node(
    ...["node_modules/jest/bin/jest.js", "--selectProjects=openstack", "--runInBand"],
    ...["--testPathPatterns", `openstack/${file}[.]test`],
  );

/** @param {Promise<void>} work */
const done = (work) => work.then(() => true);

/** Nothing of the stack's is left in the cloud but what is to outlive it. */
async function nothingLeft() {
  const left = await inCloud(`semesterhub-${stack}`);
  const kept = /^volumes .*-data-volume$|^containers /;
  const orphans = left.filter((thing) => !kept.test(thing));
  console.log(`kept: ${left.filter((thing) => kept.test(thing)).join(", ")}`);
  for (const orphan of orphans) console.error(`left behind: ${orphan}`);
  return orphans.length === 0;
}

/**
 * Forgets a stack that is down, with its files and backups: the tests begin with nothing of it.
 * @param {string} name
 */
async function forget(name) {
  await deleteKept(name);
  const words = ["stack", "rm", "--yes", "--force", "--preserve-config", "--stack", name];
  await node("scripts/pulumi.mjs", ...words);
  removeConfiguration(name);
}

/** @type {{ name: string, run: () => Promise<boolean> }[]} */
const stages = [
  { name: "provider", run: async () => (await go("vet")) && go("test") },
  { name: "images", run: () => operator("images") },
  { name: "guest", run: () => done(guestUp(cloud, registry.server)) },
  { name: "up", run: () => operator("up", "--yes") },
  { name: "unchanged", run: () => operator("up", "--yes", "--expect-no-changes") },
  { name: "student", run: () => jest("student") },
  { name: "term", run: () => jest("term") },
  { name: "isolation", run: () => jest("isolation") },
  { name: "reboot", run: () => jest("reboot") },
  { name: "scale", run: () => jest("scale") },
  { name: "certificates", run: () => jest("certificates") },
  { name: "deleted", run: () => jest("deleted") },
  { name: "refusal", run: () => jest("down") },
  { name: "back", run: () => jest("back") },
  {
    name: "second",
    run: async () => (await jest("second")) && done(forget(besideOf(stack).stack)),
  },
  { name: "down", run: async () => (await operator("down", "--yes")) && nothingLeft() },
];

/** What every other stage needs. */
const needed = ["images", "guest", "up"];

const seconds = (/** @type {number} */ since) => ((Date.now() - since) / 1000).toFixed(0);

/** @param {string[]} words */
async function main(words) {
  const only = words.filter((word) => word !== apart);
  const unknown = only.filter((name) => stages.every((stage) => stage.name !== name));
  if (unknown.length > 0) {
    throw new Failure(`There is no stage ${unknown.join(", ")}.`, {
      fix: `Stages: ${stages.map(({ name }) => name).join(", ")}.`,
    });
  }
  cloudScript(process.env);
  const started = Date.now();
  console.log("── the cloud, the registry and the package proxy on this computer");
  await cloudUp(process.env, console.log);
  await registryUp(registry);
  const packages = await startPackageProxy({ host: gateway, port: packageProxyPort });
  writeConfiguration(bed);
  const chosen = stages.filter(({ name }) => only.length === 0 || only.includes(name));
  let [passed, failed] = [0, 0];
  try {
    for (const { name, run } of chosen) {
      const since = Date.now();
      console.log(`\n── ${name} (at ${seconds(started)} s)`);
      const good = await run();
      console.log(`── ${name}: ${good ? "passed" : "FAILED"} in ${seconds(since)} s`);
      if (good) {
        passed += 1;
        continue;
      }
      failed += 1;
      if (needed.includes(name)) break;
    }
  } finally {
    await packages.stop();
  }
  if (failed === 0 && chosen.some(({ name }) => name === "down")) {
    await registryDown(registry);
    await forget(stack);
  }
  console.log(
    `\nstages: ${passed} passed, ${failed} failed, ${chosen.length - passed - failed} not run, ${seconds(started)} s`,
  );
  return failed === 0 ? 0 : 1;
}

await runMain(main);
