// @ts-check
// Parts of the program itself, for the commands that must know exactly what it knows.
import { createRequire } from "node:module";
import { join } from "node:path";
import { register } from "ts-node";
import { root } from "./paths.mjs";

/** @type {NodeJS.Require | undefined} */
let load;

/**
 * Loads a TypeScript file of the program. The caller says what type it is of:
 * `typeof import("../../components/images.js")`.
 * @param {string} file relative to the working copy, without .ts
 * @returns {unknown}
 */
export function loadProgram(file) {
  if (load === undefined) {
    register({ cwd: root });
    load = createRequire(import.meta.url);
  }
  return load(join(root, file));
}
