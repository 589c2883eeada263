// @ts-check
// The official Pulumi CLI and plugins: found on PATH, found where they were downloaded to before, or
// downloaded now.
import { existsSync, realpathSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { delimiter, join, sep } from "node:path";
import { cliVersion, offlineReady } from "./offlineBuild.mjs";
import { run } from "../command/run.mjs";

/**
 * @typedef {import("./tools.mjs").Tools} Tools
 * @typedef {import("./tools.mjs").Plugin} Plugin
 */

const oldestCli = [3, 200];
const probeMs = 3000;

/**
 * PATH with a folder before all others.
 * @param {string} folder
 */
export function pathWith(folder) {
  return [folder, process.env["PATH"]]
    .filter((part) => part !== undefined && part !== "")
    .join(delimiter);
}

/**
 * The official CLI with all plugins, or nothing.
 * @param {object} options
 * @param {string} options.root
 * @param {(line: string) => void} options.log
 * @param {Plugin[]} options.plugins
 * @param {boolean} options.insist look for them even where the offline tools are ready
 * @returns {Promise<Tools | undefined>}
 */
export async function findOfficial({ root, log, plugins, insist }) {
  const home = join(root, ".semesterhub", "pulumi-official");
  const own = join(home, "pulumi", "pulumi");
  const version = cliVersion(root);
  /** @type {Tools[]} */
  const candidates = [];
  const onPath = findOnPath("pulumi", join(root, ".semesterhub"));
  if (onPath !== undefined && recentEnough(await versionOf(onPath))) {
    candidates.push({
      kind: "official",
      pulumi: onPath,
      env: { PATH: process.env["PATH"] ?? "", PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
  }
  /** @type {Tools} */
  const downloaded = {
    kind: "official",
    pulumi: own,
    env: {
      PATH: pathWith(join(home, "pulumi")),
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
  if (existsSync(own) && recentEnough(await versionOf(own))) candidates.push(downloaded);
  for (const tools of candidates) {
    if ((await missingPlugins(tools, plugins)).length === 0) return tools;
  }
  if (!insist && offlineReady(root, plugins)) return undefined;
  const url = downloadUrl(version, process.platform, process.arch);
  if (!(await reachable(url))) {
    log("get.pulumi.com does not answer");
    return undefined;
  }
  if (candidates.length === 0) {
    log(`downloading the Pulumi CLI ${version}`);
    if (!(await download(url, home))) return undefined;
    candidates.push(downloaded);
  }
  for (const tools of candidates) {
    if (await installPlugins(tools, await missingPlugins(tools, plugins), log)) return tools;
  }
  return undefined;
}

/**
 * A program on PATH, outside a folder: what was built from offline/ may be on PATH too.
 * @param {string} program
 * @param {string} outside
 * @param {string} [path]
 * @returns {string | undefined}
 */
export function findOnPath(program, outside, path = process.env["PATH"] ?? "") {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, program);
    if (folder !== "" && existsSync(file) && !realpathSync(file).startsWith(outside + sep))
      return file;
  }
  return undefined;
}

/**
 * @param {string} pulumi
 * @returns {Promise<string>}
 */
async function versionOf(pulumi) {
  const { code, stdout } = await run(pulumi, ["version"], {
    seconds: 20,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return code === 0 ? stdout.trim() : "";
}

/**
 * @param {string} version such as v3.259.0
 * @returns {boolean}
 */
export function recentEnough(version) {
  const found = /^v?(\d+)\.(\d+)\./.exec(version);
  if (found === null) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const [oldestMajor = 0, oldestMinor = 0] = oldestCli;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * @param {string} version
 * @param {string} platform Node's name
 * @param {string} architecture Node's name
 * @returns {string}
 */
export function downloadUrl(version, platform, architecture) {
  return `https://get.pulumi.com/releases/sdk/pulumi-v${version}-${platform}-${architecture}.tar.gz`;
}

/**
 * @param {string} url
 * @returns {Promise<boolean>}
 */
async function reachable(url) {
  try {
    return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(probeMs) })).ok;
  } catch {
    return false;
  }
}

/**
 * Downloads and unpacks the CLI: its archive holds one folder, pulumi.
 * @param {string} url
 * @param {string} home
 * @returns {Promise<boolean>}
 */
async function download(url, home) {
  await rm(join(home, "pulumi"), { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const archive = join(home, "pulumi.tar.gz");
  const fetched = await run("curl", ["-fsSL", "--retry", "2", "-o", archive, url], {
    seconds: 600,
  });
  const unpacked =
    fetched.code === 0 && (await run("tar", ["-xzf", archive, "-C", home])).code === 0;
  await rm(archive, { force: true });
  return unpacked;
}

/**
 * @param {Tools} tools
 * @param {Plugin[]} plugins
 * @returns {Promise<Plugin[]>}
 */
async function missingPlugins(tools, plugins) {
  const { code, stdout } = await run(tools.pulumi, ["plugin", "ls", "--json"], {
    seconds: 30,
    env: { ...process.env, ...tools.env },
  });
  return code === 0 ? notInstalled(plugins, stdout) : plugins;
}

/**
 * @param {Plugin[]} plugins
 * @param {string} listing what `pulumi plugin ls --json` prints
 * @returns {Plugin[]}
 */
export function notInstalled(plugins, listing) {
  /** @type {unknown} */
  const parsed = JSON.parse(listing);
  const installed = /** @type {{ name: string, kind: string, version?: string }[]} */ (parsed);
  return plugins.filter(
    ({ name, version }) =>
      !installed.some((p) => p.kind === "resource" && p.name === name && p.version === version),
  );
}

/**
 * @param {Tools} tools
 * @param {Plugin[]} plugins
 * @param {(line: string) => void} log
 * @returns {Promise<boolean>}
 */
async function installPlugins(tools, plugins, log) {
  for (const { name, version } of plugins) {
    log(`downloading the plugin ${name} ${version}`);
    const { code } = await run(tools.pulumi, ["plugin", "install", "resource", name, version], {
      seconds: 300,
      env: { ...process.env, ...tools.env },
    });
    if (code !== 0) {
      log(`the plugin ${name} ${version} cannot be downloaded`);
      return false;
    }
  }
  return true;
}
