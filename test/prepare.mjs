// @ts-check
// What the tests need on a bare Debian machine: packages, node_modules, a Python environment, and a
// Docker engine. An engine that is there is used; one that this starts, it stops again.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspectEngine, judgeEngine, startEngine } from "../scripts/lib/computer/engine.mjs";
import { Failure } from "../scripts/lib/command/fail.mjs";
import { Progress } from "../scripts/lib/command/progress.mjs";
import { must, run } from "../scripts/lib/command/run.mjs";

const root = join(import.meta.dirname, "..");
const venv = join(root, ".semesterhub", "venv");

/** Programs that tests call, and the Debian packages that hold them. */
const programs = {
  chromium: "chromium",
  git: "git",
  ip: "iproute2",
  openssl: "openssl",
  shellcheck: "shellcheck",
  sshd: "openssh-server",
};

/** Installs what is missing of `programs`, where that is possible. */
async function installPrograms() {
  const missing = [];
  for (const [program, debianPackage] of Object.entries(programs)) {
    const { code } = await run("sh", ["-c", 'command -v "$1"', "sh", program], {
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
    });
    if (code !== 0) missing.push(debianPackage);
  }
  if (missing.length === 0) return;
  const fix = `Install them: apt-get install ${missing.join(" ")}`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await must("apt-get", ["update"], { doing: "reading the package lists", fix, env });
  await must("apt-get", ["install", "-y", "--no-install-recommends", ...missing], {
    doing: `installing ${missing.join(", ")}`,
    fix,
    env,
  });
}

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
 * A Docker engine that answers: the one that is there, or one that this starts.
 * @param {import("../scripts/lib/command/progress.mjs").Log} log
 * @returns {Promise<() => Promise<void>>} stops the engine if this started it
 */
async function engine(log) {
  const verdict = judgeEngine(await inspectEngine());
  if (verdict.is === "unusable") throw new Failure(verdict.text, { fix: verdict.fix });
  if (verdict.is === "ready") return () => Promise.resolve();
  await startEngine(verdict, log);
  return async () => {
    if (verdict.systemd) {
      await run("systemctl", ["stop", "docker.socket", "docker"]);
    } else {
      process.kill(Number(readFileSync("/var/run/docker.pid", "utf8")), "SIGTERM");
    }
  };
}

/** What the checks of the source need: programs, the Python environment, node_modules. */
export async function prepareChecks() {
  const progress = new Progress();
  await progress.step("programs that the tests call", installPrograms);
  const [python] = await Promise.all([
    progress.step("Python environment", pythonEnvironment),
    progress.step("node_modules", nodeModules),
  ]);
  return { python };
}

/**
 * What the tests need: that, and an engine.
 * @returns {Promise<{ python: string, stop: () => Promise<void> }>} the Python to use, and what puts
 *   the engine back as it was
 */
export async function prepare() {
  const { python } = await prepareChecks();
  const stop = await new Progress().step("Docker engine", engine);
  return { python, stop };
}
