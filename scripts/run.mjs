// @ts-check
// Starts one of the commands beside this file, after installing the packages of the lock file if they are
// missing or older: this file needs nothing but Node.js.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node.js ${process.versions.node} is too old: install 20.19 or newer.`);
  process.exit(1);
}
const root = join(import.meta.dirname, "..");
const changed = (/** @type {string} */ file) => statSync(join(root, file)).mtimeMs;
const mark = "node_modules/.package-lock.json";
if (!existsSync(join(root, mark)) || changed(mark) < changed("package-lock.json")) {
  console.log("Installing npm packages (npm ci)");
  const words = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", words, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
const [command = ""] = process.argv.splice(2, 1);
await import(`./${command}.mjs`);
