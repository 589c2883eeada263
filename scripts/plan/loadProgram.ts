/** Runs index.ts of a working copy anew, outside of Pulumi. */
import { resolve } from "node:path";

/** Each run loads index.ts itself anew; what it imports keeps nothing of a run. */
export function loadProgram(): unknown {
  const file = require.resolve(resolve("index.ts"));
  Reflect.deleteProperty(require.cache, file);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is run, not imported
  return require(file) as unknown;
}
