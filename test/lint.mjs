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

/** @type {[string, string, string[]][]} */
const checks = [
  ["types (tsc)", bin("tsc"), ["-p", "."]],
  ["eslint", bin("eslint"), ["."]],
  ["prettier", bin("prettier"), ["--check", "--log-level", "warn", "."]],
  ["golden plans", process.execPath, [join(root, "scripts", "plan.mjs")]],
  // A salt is of somebody's own passphrase: with one here, nobody else can bring the stack up.
  ["no salt", "sh", ["-c", "! git grep --line-number '^encryptionsalt' -- 'Pulumi.*.yaml'"]],
  ["shellcheck", "shellcheck", shell],
  ["ruff", python, ["-m", "ruff", "check", "images", "test"]],
  ["ruff format", python, ["-m", "ruff", "format", "--check", "images", "test"]],
  ["gofmt", "gofmt", ["-l", ...go]],
  ["go vet", "go", ["-C", "offline", "vet", "./..."]],
  ["go vet (openstack)", "go", ["-C", "offline/openstack", "vet", ...buildFlags, "./..."]],
];
let failed = 0;
for (const [name, program, args] of checks) {
  // What Go compiles to check it is then what the build uses.
  const env = { ...process.env, CGO_ENABLED: "0" };
  const { code, stdout, stderr } = await run(program, args, { cwd: root, env });
  // gofmt names what it would change and exits with 0.
  const good = code === 0 && !(name === "gofmt" && stdout !== "");
  console.log(`${good ? "✓" : "✗"} ${name}`);
  if (!good) {
    failed += 1;
    console.log(stdout + stderr);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
