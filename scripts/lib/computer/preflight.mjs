// @ts-check
// The checks before anything is made. All of them run, and everything that is wrong is shown at once.
import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { freemem } from "node:os";
import { dirname } from "node:path";
import { judgeImageSpace, judgeMemory, judgeStorageSpace, judgeSwarm } from "./capacity.mjs";
import { Engine } from "../docker/engine.mjs";
import { Failure } from "../command/fail.mjs";
import { prefixOf } from "../command/paths.mjs";
import { portFindings } from "./ports.mjs";
import { counted } from "../command/text.mjs";

/** @typedef {import("./capacity.mjs").Finding} Finding */
/** @typedef {import("../../../config/types.js").SemesterConfig} SemesterConfig */

/**
 * Runs every check of this computer.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {SemesterConfig} config
 * @param {number} [held] the generation of the engine that the state has a Swarm of; absent: of none
 */
export async function preflight(progress, { stack, student, storage, proxy }, held) {
  report(progress, [
    ...(await Promise.all([memoryFinding(student, stack), storageFinding(storage.path)])),
    ...(await engineChecks(held)),
    ...(await portFindings(stack, proxy)),
  ]);
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

/** What only a running engine can say. @param {number} [held] @returns {Promise<Finding[]>} */
async function engineChecks(held) {
  const engine = new Engine("this computer");
  const info = await engine.attempt("Asking the Docker engine", () => engine.info());
  const findings = [judgeSwarm(info.Swarm ?? {}, held)];
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

/** @param {SemesterConfig["student"]} student @param {string} stack */
async function memoryFinding(student, stack) {
  const own = { name: [`^/${prefixOf(stack)}-proxy$`] };
  const running = await new Engine("this computer").containers(own);
  return judgeMemory(freemem(), student, running.length > 0);
}

/**
 * Free bytes on the disk that a path is on or will be on.
 * @param {string} path
 * @returns {Promise<number | undefined>} absent where nothing of the path exists but the root
 */
async function freeSpace(path) {
  const folder = await nearestFolder(path);
  if (folder === undefined) return undefined;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @param {string} path */
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

/** @param {string} path @returns {Promise<Finding>} */
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
