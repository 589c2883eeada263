// @ts-check
// `npm run lint`: every check that needs no running semester.
import { join } from "node:path";
import { buildFlags } from "../scripts/lib/pulumi/offlineBuild.mjs";
import { run } from "../scripts/lib/command/run.mjs";
import { prepareChecks } from "./prepare.mjs";

const root = join(import.meta.dirname, "..");
const { python } = await prepareChecks();
const { stdout: tracked } = await run("git", ["ls-files", "*.sh", "*.go"], { cwd: root });
const files = tracked.split("\n").filter((name) => name !== "");
const shell = files.filter((name) => name.endsWith(".sh"));
const go = files.filter((name) => name.endsWith(".go"));
const bin = (/** @type {string} */ name) => join(root, "node_modules", ".bin", name);

/** @typedef {[name: string, program: string, args: string[]]} Check */

/** @type {Check[]} */
const ofTypeScript = [
  ["types (tsc)", bin("tsc"), ["-p", "."]],
  ["eslint", bin("eslint"), ["."]],
  ["prettier", bin("prettier"), ["--check", "--log-level", "warn", "."]],
  ["golden plans", process.execPath, [join(root, "scripts", "plan.mjs")]],
];
/** @type {Check[]} */
const ofTheRest = [
  // A salt is of somebody's own passphrase: with one here, nobody else can bring the stack up.
  ["no salt", "sh", ["-c", "! git grep --line-number '^encryptionsalt' -- 'Pulumi.*.yaml'"]],
  ["shellcheck", "shellcheck", shell],
  ["ruff", python, ["-m", "ruff", "check", "images", "test"]],
  ["ruff format", python, ["-m", "ruff", "format", "--check", "images", "test"]],
  ["gofmt", "gofmt", ["-l", ...go]],
  ["go vet", "go", ["-C", "offline", "vet", ...buildFlags, "./..."]],
];

/**
 * Runs checks one after the other.
 * @param {Check[]} checks
 * @returns {Promise<boolean>} whether all is well
 */
async function all(checks) {
  let good = true;
  for (const [name, program, args] of checks) {
    const begin = Date.now();
    // What Go compiles to check it is then what the build uses.
    const env = { ...process.env, CGO_ENABLED: "0" };
    const { code, stdout, stderr } = await run(program, args, { cwd: root, env });
    // gofmt names what it would change and exits with 0.
    const passed = code === 0 && !(name === "gofmt" && stdout !== "");
    const took = ((Date.now() - begin) / 1000).toFixed(0);
    console.log(`${passed ? "✓" : "✗"} ${name} (${took} s)${passed ? "" : `\n${stdout}${stderr}`}`);
    good &&= passed;
  }
  return good;
}

// Side by side: most of Go's time is spent on one processor.
const results = await Promise.all([ofTypeScript, ofTheRest].map(all));
process.exitCode = results.every(Boolean) ? 0 : 1;
