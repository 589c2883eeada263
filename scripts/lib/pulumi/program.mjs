// @ts-check
// Parts of the program itself, for the commands that must know exactly what it knows.
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../command/paths.mjs";

/** @type {NodeJS.Require | undefined} */
let load;

/**
 * The files that commands use; a path is enough for others, whose type the caller says.
 * @typedef {{
 *   "config/environment": typeof import("../../../config/environment.js"),
 *   "config/hostFacts": typeof import("../../../config/hostFacts.js"),
 *   "config/parse": typeof import("../../../config/parse.js"),
 *   "config/problems": typeof import("../../../config/problems.js"),
 *   "config/reference": typeof import("../../../config/reference.js"),
 *   "config/roster": typeof import("../../../config/roster.js"),
 *   "config/values": typeof import("../../../config/values.js"),
 * }} Program
 */

/**
 * Loads a TypeScript file of the program.
 * @template {string} File
 * @param {File} file relative to the working copy, without .ts
 * @returns {File extends keyof Program ? Program[File] : unknown}
 */
export function loadProgram(file) {
  if (load === undefined) {
    load = createRequire(import.meta.url);
    // Not imported above: it is slow to load, and most commands need nothing of the program.
    /** @type {unknown} */
    const tsNode = load("ts-node");
    /** @type {typeof import("ts-node")} */ (tsNode).register({ cwd: root });
  }
  /** @type {unknown} */
  const loaded = load(join(root, file));
  return /** @type {never} */ (loaded);
}
