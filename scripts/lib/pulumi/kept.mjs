// @ts-check
// What outlives a semester.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../command/paths.mjs";

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
