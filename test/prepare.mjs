// @ts-check
// What the tests need on a bare Debian machine: packages, node_modules, a Python environment, and a
// Docker engine. An engine that is there is used; one that this starts, it stops again.
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inspectEngine, judgeEngine, startEngine } from "../scripts/lib/computer/engine.mjs";
import { Failure } from "../scripts/lib/command/fail.mjs";
import { Progress } from "../scripts/lib/command/progress.mjs";
import { must } from "../scripts/lib/command/run.mjs";
import { hostToolsPath, installHostTools } from "./hostTools.mjs";

const root = join(import.meta.dirname, "..");
const venv = join(root, ".semesterhub", "venv");

/** The Python environment of the tests; answers its interpreter. */
async function pythonEnvironment() {
  const python = join(venv, "bin", "python");
  if (!existsSync(python)) {
    await must("python3", ["-m", "venv", venv], {
      doing: "making a Python environment",
      fix: "apt-get install python3-venv",
    });
  }
  const wanted = ["test/requirements.txt", "images/hub/requirements.txt"];
  await must(
    python,
    ["-m", "pip", "install", "--quiet", ...wanted.flatMap((file) => ["-r", join(root, file)])],
    { doing: "installing the Python tests' packages", fix: "Is a package index reachable?" },
  );
  return python;
}

/** Installs node_modules when they are missing. */
async function nodeModules() {
  if (existsSync(join(root, "node_modules", ".package-lock.json"))) return;
  await must("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    doing: "npm ci",
    fix: "Is a package registry reachable?",
  });
}

/**
 * A Docker engine that answers: the one that is there, or one that this starts. With
 * SEMESTERHUB_EMPTY_ENGINE, as in CI, the one that this starts has nothing of an earlier run: an image
 * or a network that was there already hides what a new computer lacks.
 * @param {import("../scripts/lib/command/progress.mjs").Log} log
 * @returns {Promise<() => Promise<void>>} stops the engine if this started it
 */
async function engine(log) {
  const verdict = judgeEngine(await inspectEngine());
  const empty = process.env["SEMESTERHUB_EMPTY_ENGINE"] !== undefined;
  if (verdict.is === "unusable") throw new Failure(verdict.text, { fix: verdict.fix });
  if (verdict.is === "ready") {
    if (empty) log("an engine runs already: it is used, with what it has");
    return () => Promise.resolve();
  }
  // Not below /tmp, which may be in memory.
  const data = empty && !verdict.systemd ? mkdtempSync("/var/lib/semesterhub-engine-") : undefined;
  const { stop } = await startEngine({ ...verdict, ...(data !== undefined && { data }) }, log);
  return async () => {
    await stop();
    if (data !== undefined) await must("rm", ["-rf", data], { doing: `removing ${data}` });
  };
}

/** Calls nothing but declared programs from here on. */
async function restrictPath() {
  const path = await hostToolsPath(join(root, ".semesterhub", "host-tools"));
  if (path !== undefined) process.env["PATH"] = path;
}

/** What the checks of the source need: programs, the Python environment, node_modules. */
export async function prepareChecks() {
  const progress = new Progress();
  await progress.step("programs that the tests call", installHostTools);
  const [python] = await Promise.all([
    progress.step("Python environment", pythonEnvironment),
    progress.step("node_modules", nodeModules),
  ]);
  await restrictPath();
  return { python };
}

/**
 * What the tests need: that, and an engine.
 * @returns {Promise<{ python: string, stop: () => Promise<void> }>} the Python to use, and what puts
 *   the engine back as it was
 */
export async function prepare() {
  const path = process.env["PATH"];
  const { python } = await prepareChecks();
  process.env["PATH"] = path;
  const stop = await new Progress().step("Docker engine", engine);
  // Again, with what the engine's package brought.
  await restrictPath();
  return { python, stop };
}
