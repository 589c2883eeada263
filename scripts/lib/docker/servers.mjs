// @ts-check
// Stopping and starting what works on the course's files, for a restore.
import { setTimeout as wait } from "node:timers/promises";
import { Failure } from "../command/fail.mjs";
import { prefixOf } from "../command/paths.mjs";

/** A notebook saves and its kernels end within this time, or Swarm ends them. */
const stopSeconds = 90;
const startSeconds = 120;
/** Services that write in the course's folders. */
const writers = ["hub", "homes", "grading", "intake", "statistics", "database"];

/** @typedef {import("./engines.mjs").Engines} Engines */

/**
 * Containers of students' servers, wherever they run.
 * @param {Engines} engines
 * @param {string} [student] only this one's
 */
async function serverContainers({ stack, students }, student) {
  const mark = student === undefined ? "semesterhub.student" : `semesterhub.student=${student}`;
  const label = [`semesterhub.stack=${stack}`, mark];
  return (await Promise.all(students.map((engine) => engine.containers({ label })))).flat();
}

/**
 * Stops a student's server through the hub, so that the hub knows it.
 * @param {Engines} engines
 * @param {string} student
 * @returns {Promise<boolean>} whether it ran
 */
export async function stopServer(engines, student) {
  if ((await serverContainers(engines, student)).length === 0) return false;
  const command = ["semesterhub-admin", "stop-server", student];
  await engines.must("hub", command, `Stopping ${student}'s server`, { seconds: stopSeconds });
  await untilNone(() => serverContainers(engines, student), `${student}'s server does not stop.`);
  return true;
}

/**
 * Whose servers have the folder of a group: its members', and those of who was one when it started.
 * @param {Engines} engines
 * @param {string} group
 * @returns {Promise<string[]>}
 */
export async function withFolder(engines, group) {
  const found = await serverContainers(engines);
  const names = found
    .filter(({ Mounts }) =>
      Mounts.some(({ Destination }) => Destination === `/srv/groups/${group}`),
    )
    .flatMap(({ Labels }) => Labels["semesterhub.student"] ?? []);
  return [...new Set(names)].sort();
}

/**
 * Stops everybody's servers, then the services that write in the course's folders.
 * @param {Engines} engines
 * @param {import("../command/progress.mjs").Log} log
 */
export async function stopCourse(engines, log) {
  const { hub, stack } = engines;
  const containersOf = (/** @type {string} */ name) =>
    (engines.of(name) ?? hub).containersOf(`${prefixOf(stack)}-${name}`);
  log("students' servers");
  if ((await containersOf("hub")).length > 0) {
    const command = ["semesterhub-admin", "stop-all"];
    await engines.must("hub", command, "Stopping the students' servers", { seconds: 600 });
  }
  log("hub, homes and grading");
  await scale(engines, 0);
  await untilNone(
    async () => (await Promise.all(writers.map(containersOf))).flat(),
    "The hub does not stop.",
  );
  // A server that the hub was starting when it was stopped has nobody now who knows it.
  const filters = { label: [`semesterhub.stack=${stack}`, "semesterhub.student"] };
  await hub.attempt("Removing servers that nobody knows", async (docker) => {
    for (const service of await docker.listServices({ filters })) {
      await docker.getService(service.ID).remove();
    }
  });
  await untilNone(() => serverContainers(engines), "A student's server does not stop.");
}

/**
 * Starts the services again, and waits for the hub.
 * @param {Engines} engines
 * @returns {Promise<boolean>} whether there is a hub: where `up` stopped at lost files, it made none
 */
export async function startCourse(engines) {
  const { hub, stack } = engines;
  const started = await scale(engines, 1);
  if (!started.includes("hub")) return false;
  const deadline = Date.now() + startSeconds * 1000;
  for (;;) {
    const [container] = await hub.containersOf(`${prefixOf(stack)}-hub`);
    const found =
      container === undefined ? undefined : await hub.docker.getContainer(container).inspect();
    if (found?.State.Health?.Status === "healthy") return true;
    if (Date.now() > deadline) {
      throw new Failure("The hub did not become healthy.", { fix: "npm run logs hub says why." });
    }
    await wait(500);
  }
}

/**
 * Scales those of the services that there are.
 * @param {Engines} engines
 * @param {number} replicas
 * @returns {Promise<string[]>} which
 */
async function scale({ hub, stack }, replicas) {
  const doing = replicas === 0 ? "Stopping" : "Starting";
  return hub.attempt(`${doing} hub, homes and grading`, async (docker) => {
    /** @type {string[]} */
    const found = [];
    for (const { ID, Version, Spec } of await docker.listServices()) {
      const name = writers.find((writer) => Spec?.Name === `${prefixOf(stack)}-${writer}`);
      if (name === undefined) continue;
      found.push(name);
      const Mode = { Replicated: { Replicas: replicas } };
      await docker.getService(ID).update({ version: Version?.Index, ...Spec, Mode });
    }
    return found;
  });
}

/** @param {() => Promise<unknown[]>} list @param {string} complaint */
async function untilNone(list, complaint) {
  const deadline = Date.now() + stopSeconds * 1000;
  while ((await list()).length > 0) {
    if (Date.now() > deadline) {
      throw new Failure(complaint, {
        fix: "npm run status shows what runs; npm run logs hub what it says.",
      });
    }
    await wait(300);
  }
}
