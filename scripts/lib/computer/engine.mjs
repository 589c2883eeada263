// @ts-check
// The Docker engine of this computer: whether it answers, and on Debian, making it answer.
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { Failure } from "../command/fail.mjs";
import { must, run } from "../command/run.mjs";

const engineLog = "/var/log/semesterhub-dockerd.log";
const daemonJson = "/etc/docker/daemon.json";
/** A first start makes the engine's folders and bridges, and takes its time on a slow disk. */
const startSeconds = 60;
const versionWords = ["version", "--format", "{{.Server.Version}}"];

/**
 * @typedef {object} EngineFacts
 * @property {boolean} cli whether there is a docker command
 * @property {string | undefined} version of the engine that answered
 * @property {string} error what the docker command said otherwise
 * @property {string | undefined} dockerHost DOCKER_HOST of this shell
 * @property {boolean} daemon whether dockerd is installed
 * @property {boolean} root whether this is root
 * @property {{ id: string, version: string }} system as in /etc/os-release
 * @property {boolean} systemd whether systemd runs the machine
 * @property {string} platform process.platform
 *
 * @typedef {{ is: "ready", version: string }
 *   | { is: "to-start", packages: string[], systemd: boolean }
 *   | { is: "unusable", text: string, fix: string }} EngineVerdict
 */

/**
 * What is to be done so that an engine answers.
 * @param {EngineFacts} facts
 * @returns {EngineVerdict}
 */
export function judgeEngine(facts) {
  const { version, error, dockerHost, daemon, root, system, systemd, platform } = facts;
  if (facts.cli && version !== undefined) return { is: "ready", version };
  if (dockerHost !== undefined && dockerHost !== "") {
    return {
      is: "unusable",
      text: `the Docker engine that DOCKER_HOST names (${dockerHost}) does not answer`,
      fix: "Unset DOCKER_HOST to use this computer's engine, or start that one.",
    };
  }
  const there = facts.cli
    ? "there is a docker command without an engine"
    : "there is no Docker here";
  const unusable = (/** @type {string} */ text, /** @type {string} */ fix) => ({
    ...{ is: /** @type {const} */ ("unusable"), text, fix },
  });
  if (/permission denied/i.test(error)) {
    return unusable(
      "this user may not use the Docker engine",
      'sudo usermod -aG docker "$USER", then log out and in again; or run this as root.',
    );
  }
  if (platform !== "linux") {
    return unusable(
      facts.cli ? "the Docker engine does not answer" : there,
      "Install Docker Desktop (https://docs.docker.com/get-docker/) and start it.",
    );
  }
  const debian = system.id === "debian" || system.id === "ubuntu";
  const installed = daemon && facts.cli;
  if (root && (debian || installed)) {
    return {
      is: "to-start",
      packages: installed ? [] : enginePackages(system, facts.cli),
      systemd,
    };
  }
  if (installed) {
    return unusable(
      "the Docker engine is installed and does not answer",
      systemd
        ? "sudo systemctl enable --now docker"
        : "Start it: sudo dockerd, or run this as root.",
    );
  }
  return unusable(
    there,
    debian
      ? "sudo apt-get install docker.io, or run this as root and it does that."
      : "Install Docker Engine (https://docs.docker.com/engine/install/) and start it.",
  );
}

/**
 * Debian 13 took the docker command out of docker.io.
 * @param {{ id: string, version: string }} system
 * @param {boolean} cli
 */
function enginePackages(system, cli) {
  const split = system.id === "debian" && (system.version === "" || Number(system.version) >= 13);
  return ["docker.io", ...(split && !cli ? ["docker-cli"] : [])];
}

/** @returns {Promise<EngineFacts>} */
export async function inspectEngine() {
  const asked = await run("docker", versionWords, { seconds: 20 });
  const daemon = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"].some((folder) =>
    existsSync(`${folder}/dockerd`),
  );
  return {
    cli: asked.code !== 127,
    version: asked.code === 0 ? asked.stdout.trim() : undefined,
    error: asked.stderr,
    dockerHost: process.env["DOCKER_HOST"],
    daemon,
    root: process.getuid?.() === 0,
    system: readSystem(),
    systemd: existsSync("/run/systemd/system"),
    platform: process.platform,
  };
}

function readSystem() {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  /** @param {string} key */
  const value = (key) => new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: value("ID"), version: value("VERSION_ID") };
}

/**
 * Installs what is missing and starts the engine.
 * @param {Extract<EngineVerdict, { is: "to-start" }> & { data?: string }} plan `data` is the folder of
 *   what the engine keeps, where it is started by hand; default: the engine's own
 * @param {import("../command/progress.mjs").Log} log
 * @returns {Promise<{ version: string, stop: () => Promise<void> }>} the version that answers, and
 *   what stops an engine that was started here
 */
export async function startEngine({ packages, systemd, data }, log) {
  if (packages.length > 0) await install(packages, systemd, log);
  log("starting the engine");
  const there = await answering();
  if (there !== undefined) return { version: there, stop: () => Promise.resolve() };
  if (systemd) {
    const doing = "Starting Docker";
    await must("systemctl", ["enable", "--now", "docker"], { doing });
    const stop = async () => {
      await must("systemctl", ["stop", "docker.socket", "docker"], { doing: "Stopping Docker" });
    };
    return { version: await untilAnswering(systemd), stop };
  }
  const pid = startByHand(data);
  const stop = async () => {
    if (pid !== undefined) process.kill(pid, "SIGTERM");
    while ((await answering()) !== undefined) await wait(500);
  };
  return { version: await untilAnswering(systemd), stop };
}

/**
 * Makes sure that an engine answers.
 * @param {import("../command/progress.mjs").Log} log
 * @returns {Promise<{ version: string, stop: () => Promise<void> }>} `stop` ends an engine that this
 *   started, and leaves alone one that ran before
 */
export async function ensureEngine(log) {
  const verdict = judgeEngine(await inspectEngine());
  switch (verdict.is) {
    case "ready":
      return { version: verdict.version, stop: () => Promise.resolve() };
    case "to-start":
      return startEngine(verdict, log);
    case "unusable":
      throw new Failure(`Docker: ${verdict.text}.`, { fix: verdict.fix });
  }
}

/**
 * @param {string[]} packages
 * @param {boolean} systemd
 * @param {import("../command/progress.mjs").Log} log
 */
async function install(packages, systemd, log) {
  // Engine 20.10 drops a service's own no-new-privileges in silence; this holds for every container.
  if (!existsSync(daemonJson)) {
    mkdirSync("/etc/docker", { recursive: true });
    writeFileSync(daemonJson, '{\n  "no-new-privileges": true\n}\n');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const fix = "Look at /etc/apt/sources.list and the network, or install Docker by hand.";
  log("apt-get update");
  await must("apt-get", ["update", "--quiet"], { env, doing: "apt-get update", fix });
  // Without systemd nobody may have mounted the cgroups that the engine needs.
  const cgroups =
    systemd ||
    existsSync("/sys/fs/cgroup/cgroup.controllers") ||
    existsSync("/sys/fs/cgroup/memory");
  const wanted = [...packages, ...(cgroups ? [] : ["cgroupfs-mount"])];
  log(`apt-get install ${wanted.join(" ")}`);
  await must("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...wanted], {
    env,
    doing: `Installing ${wanted.join(" and ")}`,
    fix,
    onLine: (line) => {
      if (/^(Unpacking|Setting up) /.test(line)) log(line);
    },
  });
}

/**
 * Starts the engine where no systemd does; it outlives this command and its terminal.
 * @param {string | undefined} data
 */
function startByHand(data) {
  const configured = existsSync(daemonJson) ? readFileSync(daemonJson, "utf8") : "";
  // Given both in the file and as an option, the engine refuses to start.
  const args = [
    ...(configured.includes("no-new-privileges") ? [] : ["--no-new-privileges"]),
    ...(data === undefined ? [] : ["--data-root", data]),
  ];
  const log = openSync(engineLog, "a", 0o640);
  const engine = spawn("dockerd", args, { detached: true, stdio: ["ignore", log, log] });
  engine.unref();
  return engine.pid;
}

async function answering() {
  const { code, stdout } = await run("docker", versionWords, { seconds: 10 });
  return code === 0 ? stdout.trim() : undefined;
}

/** @param {boolean} systemd */
async function untilAnswering(systemd) {
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    const version = await answering();
    if (version !== undefined) return version;
    await wait(500);
  }
  const { stdout } = systemd
    ? await run("journalctl", ["--unit", "docker", "--lines", "10", "--no-pager"])
    : await run("tail", ["-n", "10", engineLog]);
  throw new Failure(
    `The Docker engine was started and did not answer within ${startSeconds} s:\n${stdout}`,
    { fix: systemd ? "journalctl -u docker has the rest." : `${engineLog} has the rest.` },
  );
}
