// @ts-check
// npm run test:endurance -- [disorder | term] [--minutes 5] [--students 40] [--keep]: what takes long, with a
// course of its own on this computer. disorder: a class at work for that many minutes while parts of the
// course fail one after the other. term: the class's assignments from release to feedback. The files are on
// a small disk of their own, so that it can be full. What `up` built is taken; without that, `up` builds it.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { root } from "../../scripts/lib/command/paths.mjs";
import { must } from "../../scripts/lib/command/run.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "5" },
    students: { type: "string", default: "40" },
    // Leaves the course, to look at it.
    keep: { type: "boolean", default: false },
  },
});

const [what = "disorder"] = positionals;
const stack = "bedterm";
const folder = `/var/lib/semesterhub/${stack}`;
const disk = `${folder}.disk`;
const diskBytes = 3 * 2 ** 30;
const configuration = join(root, `Pulumi.${stack}.yaml`);

/**
 * Runs a Node program with its output shown.
 * @param {string[]} words
 * @returns {Promise<boolean>} whether it succeeded
 */
function node(...words) {
  const child = spawn(process.execPath, words, {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      SEMESTERHUB_TEST_STACK: stack,
      ENDURANCE_MINUTES: values.minutes,
      ENDURANCE_STUDENTS: values.students,
    },
  });
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve(code === 0);
    });
  });
}

async function diskUp() {
  mkdirSync(folder, { recursive: true });
  writeFileSync(disk, "");
  truncateSync(disk, diskBytes);
  // No room that only root may use: full is full for everybody.
  await must("mkfs.ext4", ["-q", "-m", "0", disk], { doing: "making a disk in a file" });
  await must("mount", ["-o", "loop", disk, folder], { doing: "mounting that disk" });
}

async function allDown() {
  const reset = () => node("scripts/reset.mjs", "--stack", stack, "--confirm", stack);
  // A folder is not removed while a disk is mounted there, nor the disk while services use it.
  const first = await reset();
  await must("umount", ["--lazy", folder], { doing: "unmounting the test's disk" }).catch(() => {
    // None is there.
  });
  const done = first || (await reset());
  rmSync(disk, { force: true });
  rmSync(folder, { recursive: true, force: true });
  rmSync(configuration, { force: true });
  return done;
}

function writeConfiguration() {
  const names = Array.from(
    { length: Number(values.students) },
    (_, index) => `s${String(index + 1)}`,
  );
  const config = {
    "semesterhub:platform": "local",
    "semesterhub:course": { title: "A long term" },
    "semesterhub:proxy": { port: 8643 },
    "semesterhub:networks": { course: "10.12.48.0/20", control: "10.12.2.0/24" },
    "semesterhub:roster": { students: names, staff: ["anna", "bert", "carl", "dora"] },
    "semesterhub:student": { memory: "512M", memoryReserved: "32M" },
    "semesterhub:cull": { idleMinutes: 5 },
  };
  writeFileSync(configuration, stringify({ config }));
}

// A stack that an earlier run left is only known by its configuration.
writeConfiguration();
await allDown();
writeConfiguration();
await diskUp();
let good = await node("scripts/up.mjs", "--stack", stack, "--yes");
if (good) {
  const words = ["--selectProjects", "endurance", "--testPathPatterns", `endurance/${what}`];
  good = await node("node_modules/jest/bin/jest.js", "-i", ...words);
}
if (!values.keep) good = (await allDown()) && good;
process.exitCode = good ? 0 : 1;
