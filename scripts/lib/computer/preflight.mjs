// @ts-check
// The checks before anything is made. All of them run, and everything that is wrong is shown at once.
import { constants } from "node:fs";
import { access, readFile, statfs } from "node:fs/promises";
import { freemem } from "node:os";
import { dirname, join } from "node:path";
import { judgeImageSpace, judgeMemory, judgeStorageSpace, judgeSwarm } from "./capacity.mjs";
import { Engine } from "../docker/engine.mjs";
import { inspectEngine, judgeEngine, startEngine } from "./engine.mjs";
import { Failure } from "../command/fail.mjs";
import { prefixOf, root } from "../command/paths.mjs";
import { portFindings } from "./ports.mjs";

import { counted, formatBytes } from "../command/text.mjs";

/** @typedef {import("./capacity.mjs").Finding} Finding */
/** @typedef {import("../config/settings.mjs").Settings} Settings */

const leastNode = [20, 19];
/** The Go sources and build of offline/, where the official tools can't be had. */
const toolSpace = 6 * 2 ** 30;

/**
 * @param {string} version process.versions.node
 * @returns {Finding}
 */
export function judgeNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = leastNode;
  const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (enough) return { how: "ok", text: `Node.js ${version}` };
  return {
    how: "failed",
    text: `Node.js ${version} is too old`,
    fix: `Install Node.js ${leastNode.join(".")} or newer (https://nodejs.org).`,
  };
}

/**
 * Runs every check, and starts the engine if that is all that is missing.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {string} stack
 * @param {Settings} settings
 */
export async function preflight(progress, stack, settings) {
  const facts = await inspectEngine();
  const engine = judgeEngine(facts);
  const alone = await Promise.all([
    memoryFinding(settings, stack, engine.is === "ready"),
    storageFinding(settings.storage),
    toolFinding(),
  ]);
  /** @type {Finding[]} */
  const onEngine = engine.is === "ready" ? await engineChecks() : [];
  const findings = [
    judgeNode(process.versions.node),
    engineFinding(engine),
    ...alone,
    ...onEngine,
    ...(await portFindings(stack, settings)),
  ];
  report(progress, findings);
  if (engine.is === "to-start") {
    await progress.step(
      engine.packages.length > 0 ? "Installing and starting Docker" : "Starting Docker",
      (log) => startEngine(engine, log),
      ({ version }) => `engine ${version}`,
    );
    report(progress, await engineChecks());
  }
}

/**
 * Shows what was found; ends the command if anything must be seen to.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {Finding[]} findings
 */
export function report(progress, findings) {
  for (const { how, text, fix } of findings) {
    progress.mark(how, fix === undefined ? text : `${text}\n      → ${fix}`);
  }
  const wrong = findings.filter(({ how }) => how === "failed").length;
  if (wrong > 0) {
    throw new Failure(`${counted(wrong, "check")} failed; nothing was made.`, {
      fix: "See to what is marked ✗ above and run this again.",
    });
  }
}

/**
 * @param {import("./engine.mjs").EngineVerdict} verdict
 * @returns {Finding}
 */
function engineFinding(verdict) {
  switch (verdict.is) {
    case "ready":
      return { how: "ok", text: `Docker engine ${verdict.version}` };
    case "to-start":
      return {
        how: "warning",
        text: `${verdict.why}: ${verdict.packages.length > 0 ? `${verdict.packages.join(" and ")} will be installed and started` : "it will be started"}`,
      };
    case "unusable":
      return { how: "failed", text: verdict.text, fix: verdict.fix };
  }
}

/**
 * What only a running engine can say.
 * @returns {Promise<Finding[]>}
 */
async function engineChecks() {
  const engine = new Engine("this computer");
  const info = await engine.attempt("Asking the Docker engine", () => engine.info());
  const findings = [judgeSwarm(info.Swarm ?? {})];
  if (info.OSType !== undefined && info.OSType !== "linux") {
    findings.push({
      how: "failed",
      text: `the Docker engine runs ${info.OSType} containers`,
      fix: "Switch it to Linux containers.",
    });
  }
  const folder = info.DockerRootDir ?? "/var/lib/docker";
  const free = await freeSpace(folder);
  // Docker Desktop's folder is inside its virtual machine, where its space can't be seen.
  if (free !== undefined) {
    const filters = { reference: ["semesterhub/notebook"] };
    const images = await engine.docker.listImages({ filters: JSON.stringify(filters) });
    findings.push(judgeImageSpace(free, folder, images.length > 0));
  }
  return findings;
}

/**
 * @param {Settings} settings
 * @param {string} stack
 * @param {boolean} engine whether the engine can be asked
 */
async function memoryFinding(settings, stack, engine) {
  const own = { name: [`^/${prefixOf(stack)}-proxy$`] };
  const running = engine ? await new Engine("this computer").containers(own) : [];
  return judgeMemory(await freeMemory(), settings, running.length > 0);
}

/** Memory that programs can have: on Linux with what the kernel would give back. */
export async function freeMemory() {
  if (process.platform !== "linux") return freemem();
  const text = await readFile("/proc/meminfo", "utf8");
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

/**
 * Free bytes on the disk that a path is on or will be on.
 * @param {string} path
 * @returns {Promise<number | undefined>} absent where nothing of the path exists but the root
 */
export async function freeSpace(path) {
  const folder = await nearestFolder(path);
  if (folder === undefined) return undefined;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * @param {string} path
 * @returns {Promise<string | undefined>}
 */
async function nearestFolder(path) {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    try {
      await access(folder, constants.F_OK);
      return folder;
    } catch {
      // Its parent, then.
    }
  }
  return undefined;
}

/**
 * @param {string} path
 * @returns {Promise<Finding>}
 */
async function storageFinding(path) {
  const folder = await nearestFolder(path);
  try {
    await access(folder ?? "/", constants.W_OK);
  } catch {
    return {
      how: "failed",
      text: `students' files are to go to ${path}, and this user may not write in ${folder ?? "/"}`,
      fix: "Run this as root: the files belong to the students, each with a user id of their own.",
    };
  }
  return judgeStorageSpace((await freeSpace(path)) ?? 0, path);
}

/** @returns {Promise<Finding>} */
async function toolFinding() {
  const free = (await freeSpace(root)) ?? 0;
  const text = `${formatBytes(free)} free for tools in ${root}`;
  const there = await nearestFolder(join(root, ".semesterhub", "pulumi", "bin", "pulumi"));
  if (free >= toolSpace || there?.endsWith("pulumi") === true) return { how: "ok", text };
  return {
    how: "warning",
    text: `${text}: building the Pulumi tools, where they can't be downloaded, may need ${formatBytes(toolSpace)}`,
  };
}
