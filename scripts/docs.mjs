// @ts-check
// `npm run docs`: writes docs/configuration.md from the schema of the configuration.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import tsNode from "ts-node";

const root = fileURLToPath(new URL("..", import.meta.url));
tsNode.register({ cwd: root });
/** @type {unknown} */
const loaded = createRequire(import.meta.url)("../config/reference");
const { referencePage } = /** @type {{ referencePage: () => string }} */ (loaded);
const page = `${root}docs/configuration.md`;
writeFileSync(page, referencePage());
console.log(`Wrote ${page}`);
