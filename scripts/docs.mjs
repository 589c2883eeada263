// @ts-check
// `npm run docs`: writes docs/configuration.md from the schema of the configuration.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/command/paths.mjs";
import { loadProgram } from "./lib/pulumi/program.mjs";

const { referencePage } = loadProgram("config/reference");
const page = join(root, "docs", "configuration.md");
writeFileSync(page, referencePage());
console.log(`Wrote ${page}`);
