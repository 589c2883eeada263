// @ts-check
// Pulumi's Automation API, without what it loads to turn functions into text: npm's solver of dependencies
// and the TypeScript compiler, three quarters of the time that a command takes to start.
import { createRequire, Module } from "node:module";

const load = createRequire(import.meta.url);
const sdk = createRequire(load.resolve("@pulumi/pulumi"));

for (const file of [sdk.resolve("@npmcli/arborist"), sdk.resolve("./typescript-shim")]) {
  load.cache[file] ??= Object.assign(new Module(file), { exports: {}, loaded: true });
}

/** @type {unknown} */
const automation = load("@pulumi/pulumi/automation");
export const { LocalWorkspace, PulumiCommand, Stack } =
  /** @type {typeof import("@pulumi/pulumi/automation/index.js")} */ (automation);
