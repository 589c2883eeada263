// @ts-check
// Taking a semester off its engine; shared by down and reset.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { docker, dockerLines, objectsOf, removeAll } from "./docker.mjs";
import { Failure } from "../command/fail.mjs";
import { paths, prefixOf } from "../command/paths.mjs";
import { counted } from "../command/text.mjs";

/**
 * Keeps what the backups are encrypted with, which the state forgets when the semester ends.
 * @param {string} stack
 * @param {string} passphrase
 * @returns {string} the file it is in
 */
export function keepPassphrase(stack, passphrase) {
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 });
  const file = join(paths.keys, `${stack}-backups-${new Date().toISOString().slice(0, 10)}.txt`);
  writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
  return file;
}

/**
 * Resources of a state that are protected against removal.
 * @param {import("../pulumi/state.mjs").Deployment} deployment
 */
export function protectedIn({ resources = [] }) {
  return resources.filter(({ protect }) => protect === true).map(({ urn }) => urn);
}

/**
 * Removes what Docker still has of a stack although its state does not know it: what an interrupted
 * `up` made, servers that the hub started in the last moment.
 * @param {string} stack
 * @param {import("../command/progress.mjs").Progress} progress
 * @returns {Promise<import("./docker.mjs").Leftover[]>} what Docker does not let go of
 */
export async function sweep(stack, progress) {
  const found = await objectsOf(stack);
  const stuck =
    found.length === 0
      ? []
      : await progress.step(
          `Removing ${counted(found.length, "thing")} that the state does not know`,
          async () => {
            const left = await removeAll(found);
            // A network can go only when the containers on it are gone.
            return left.length > 0 ? removeAll(await objectsOf(stack)) : [];
          },
        );
  if (stuck.length === 0) {
    progress.mark("ok", `nothing called ${prefixOf(stack)}-… is left on the Docker engine`);
  }
  return stuck;
}

/** @param {import("./docker.mjs").Leftover[]} stuck */
export function stillThere(stuck) {
  const names = stuck.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return new Failure(`Docker does not let go of ${names}.`, {
    fix: "Run this again in a minute; docker network inspect shows what uses a network.",
  });
}

/**
 * Whether a Swarm can be left without harm to anybody else.
 * @param {object} facts
 * @param {boolean} facts.made whether the program made it
 * @param {readonly string[]} facts.services names of all its services
 * @param {readonly string[]} facts.stacks the stacks that have networks in it
 * @param {string} stack
 */
export function mayLeaveSwarm({ made, services, stacks }, stack) {
  return made && services.length === 0 && stacks.every((other) => other === stack);
}

/**
 * Leaves a Swarm that the program made, when nothing else uses it. Its networks go with it, also
 * one that the engine does not let go of: after a container's start went wrong in the moment in
 * which a network came or went, the engine counts that container as a user of it for ever.
 * @param {string} stack
 * @param {import("../command/progress.mjs").Progress} progress
 * @returns {Promise<boolean>} whether it was left
 */
export async function leaveOwnSwarm(stack, progress) {
  const made = await docker([
    "node",
    "inspect",
    "self",
    "--format",
    '{{index .Spec.Labels "semesterhub.made"}}',
  ]);
  if (made.code !== 0) return false;
  const doing = "Looking at the Swarm";
  const services = await dockerLines(["service", "ls", "--format", "{{.Name}}"], doing);
  const label = '{{.Label "semesterhub.stack"}}';
  const stacks = await dockerLines(
    ["network", "ls", "--filter", "label=semesterhub.stack", "--format", label],
    doing,
  );
  const facts = { made: made.stdout.trim() === "true", services, stacks };
  if (!mayLeaveSwarm(facts, stack)) return false;
  const { code } = await docker(["swarm", "leave", "--force"]);
  if (code === 0) progress.mark("ok", "the Swarm that was made for it is left");
  return code === 0;
}
