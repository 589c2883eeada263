// @ts-check
// Taking a semester off its engine; shared by down and reset.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { objectsOf, removeAll } from "./docker.mjs";
import { Failure } from "./fail.mjs";
import { paths, prefixOf } from "./paths.mjs";
import { counted } from "./text.mjs";

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
 * @param {import("./state.mjs").Deployment} deployment
 */
export function protectedIn({ resources = [] }) {
  return resources.filter(({ protect }) => protect === true).map(({ urn }) => urn);
}

/**
 * Removes what Docker still has of a stack although its state does not know it: what an interrupted
 * `up` made, servers that the hub started in the last moment.
 * @param {string} stack
 * @param {import("./progress.mjs").Progress} progress
 */
export async function sweep(stack, progress) {
  const found = await objectsOf(stack);
  if (found.length > 0) {
    await progress.step(
      `Removing ${counted(found.length, "thing")} that the state does not know`,
      async () => {
        const stuck = await removeAll(await objectsOf(stack));
        // A network can go only when the containers on it are gone.
        const left = stuck.length > 0 ? await removeAll(stuck) : [];
        if (left.length > 0) {
          throw new Failure(
            `Docker does not let go of ${left.map(({ kind, name }) => `${kind} ${name}`).join(", ")}.`,
            {
              fix: "Run this again in a minute; docker network inspect shows what uses a network.",
            },
          );
        }
      },
    );
  }
  progress.mark("ok", `nothing called ${prefixOf(stack)}-… is left on the Docker engine`);
}
