// @ts-check
// Parts of the program itself, for the commands that must know exactly what it knows.
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../command/paths.mjs";

/** @type {NodeJS.Require | undefined} */
let load;

/**
 * Loads a TypeScript file of the program. The caller says what type it is of:
 * `typeof import("../../../components/hubHost/images.js")`.
 * @param {string} file relative to the working copy, without .ts
 * @returns {unknown}
 */
export function loadProgram(file) {
  if (load === undefined) {
    load = createRequire(import.meta.url);
    // Not imported above: the commands begin in a clone that has no node_modules yet.
    /** @type {unknown} */
    const tsNode = load("ts-node");
    /** @type {{ register: (options: { cwd: string }) => unknown }} */ (tsNode).register({
      cwd: root,
    });
  }
  return load(join(root, file));
}
