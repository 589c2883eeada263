// @ts-check
// Stopping and starting what works on the course's files, for a restore.
import { setTimeout as wait } from "node:timers/promises";
import { containerOf, containersOf, docker, dockerLines } from "./docker.mjs";
import { Failure } from "./fail.mjs";
import { prefixOf } from "./paths.mjs";
import { must } from "./run.mjs";

/** A notebook saves and its kernels end within this time, or Swarm ends them. */
const stopSeconds = 90;
const startSeconds = 120;
/** Services that write in the course's folders. */
const writers = ["hub", "homes"];

/**
 * Containers of students' servers.
 * @param {string} stack
 * @param {string} [student] only this one's
 */
function serverContainers(stack, student) {
  const label = student === undefined ? "semesterhub.student" : `semesterhub.student=${student}`;
  return dockerLines(
    ["ps", "--quiet", "--filter", `label=semesterhub.stack=${stack}`, "--filter", `label=${label}`],
    "Looking for students' servers",
  );
}

/**
 * Stops a student's server through the hub, so that the hub knows it.
 * @param {string} stack
 * @param {string} student
 * @returns {Promise<boolean>} whether it ran
 */
export async function stopServer(stack, student) {
  if ((await serverContainers(stack, student)).length === 0) return false;
  const hub = await containerOf(`${prefixOf(stack)}-hub`);
  await must("docker", ["exec", hub, "semesterhub-admin", "stop-server", student], {
    doing: `Stopping ${student}'s server`,
  });
  await untilNone(() => serverContainers(stack, student), `${student}'s server does not stop.`);
  return true;
}

/**
 * Stops everybody's servers, then the services that write in the course's folders.
 * @param {string} stack
 * @param {import("./progress.mjs").Log} log
 */
export async function stopCourse(stack, log) {
  const prefix = prefixOf(stack);
  log("students' servers");
  const [hub] = await containersOf(`${prefix}-hub`);
  if (hub !== undefined) {
    await must("docker", ["exec", hub, "semesterhub-admin", "stop-all"], {
      doing: "Stopping the students' servers",
    });
  }
  log("hub and homes");
  await scale(stack, 0);
  await untilNone(
    async () =>
      (await Promise.all(writers.map((name) => containersOf(`${prefix}-${name}`)))).flat(),
    "The hub does not stop.",
  );
  // A server that the hub was starting when it was stopped has nobody now who knows it.
  const services = await dockerLines(
    [
      "service",
      "ls",
      "--quiet",
      "--filter",
      `label=semesterhub.stack=${stack}`,
      "--filter",
      "label=semesterhub.student",
    ],
    "Looking for students' servers",
  );
  if (services.length > 0) await docker(["service", "rm", ...services]);
  await untilNone(() => serverContainers(stack), "A student's server does not stop.");
}

/** @param {string} stack */
export async function startCourse(stack) {
  await scale(stack, 1);
  const deadline = Date.now() + startSeconds * 1000;
  for (;;) {
    const [hub] = await containersOf(`${prefixOf(stack)}-hub`);
    const { stdout } =
      hub === undefined
        ? { stdout: "" }
        : await docker(["inspect", "--format", "{{.State.Health.Status}}", hub]);
    if (stdout.trim() === "healthy") return;
    if (Date.now() > deadline) {
      throw new Failure("The hub did not become healthy.", { fix: "npm run logs hub says why." });
    }
    await wait(500);
  }
}

/**
 * @param {string} stack
 * @param {number} replicas
 */
async function scale(stack, replicas) {
  await must(
    "docker",
    [
      "service",
      "scale",
      "--detach",
      ...writers.map((name) => `${prefixOf(stack)}-${name}=${String(replicas)}`),
    ],
    { doing: replicas === 0 ? "Stopping hub and homes" : "Starting hub and homes" },
  );
}

/**
 * @param {() => Promise<string[]>} list
 * @param {string} complaint
 */
async function untilNone(list, complaint) {
  const deadline = Date.now() + stopSeconds * 1000;
  while ((await list()).length > 0) {
    if (Date.now() > deadline) {
      throw new Failure(complaint, {
        fix: "docker ps shows what runs; npm run logs hub what it says.",
      });
    }
    await wait(300);
  }
}
