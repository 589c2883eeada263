// @ts-check
// `npm run docs`: writes docs/configuration.md from the schema of the configuration.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
const tsNode = /** @type {{ register: (options: object) => void }} */ (require("ts-node"));
tsNode.register({ cwd: root });
const reference = /** @type {{ referencePage: () => string }} */ (require("../config/reference"));
const page = `${root}docs/configuration.md`;
writeFileSync(page, reference.referencePage());
console.log(`Wrote ${page}`);
