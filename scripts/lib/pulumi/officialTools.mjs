// @ts-check
// The official Pulumi CLI and plugins: found on PATH, found where they were downloaded to before, or
// downloaded now.
import { existsSync, realpathSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { delimiter, join, sep } from "node:path";
import { cliVersion, offlineReady } from "./offlineBuild.mjs";
import { parseJson } from "../command/json.mjs";
import { run } from "../command/run.mjs";

/** @typedef {import("./tools.mjs").Tools} Tools */
/** @typedef {import("./tools.mjs").Plugin} Plugin */

/** PATH with a folder before all others. @param {string} folder */
export function pathWith(folder) {
  return [folder, process.env["PATH"]].filter(Boolean).join(delimiter);
}

/**
 * The official CLI with all plugins, or nothing.
 * @param {object} options
 * @param {string} options.root
 * @param {(line: string) => void} options.log
 * @param {Plugin[]} options.plugins
 * @returns {Promise<Tools | undefined>}
 */
export async function findOfficial({ root, log, plugins }) {
  const home = join(root, ".semesterhub", "pulumi-official");
  /** @returns {Tools} */
  const tools = (/** @type {string} */ pulumi, /** @type {Record<string, string>} */ env) => ({
    ...{ kind: "official", pulumi, env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } },
  });
  const onPath = findOnPath("pulumi", join(root, ".semesterhub"));
  const downloaded = tools(join(home, "pulumi", "pulumi"), {
    ...{ PATH: pathWith(join(home, "pulumi")), PULUMI_HOME: home },
  });
  const candidates = [];
  for (const one of [onPath && tools(onPath, { PATH: process.env["PATH"] ?? "" }), downloaded]) {
    if (one && recentEnough(await versionOf(one))) candidates.push(one);
  }
  for (const one of candidates) {
    if ((await missingPlugins(one, plugins)).length === 0) return one;
  }
  if (offlineReady(root, plugins)) return undefined;
  const version = cliVersion(root);
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
  for (const one of candidates) {
    if (await installPlugins(one, await missingPlugins(one, plugins), log)) return one;
  }
  return undefined;
}

/**
 * A program on PATH, outside a folder: what was built from offline/ may be on PATH too.
 * @param {string} program
 * @param {string} outside
 * @param {string} [path]
 */
export function findOnPath(program, outside, path = process.env["PATH"] ?? "") {
  const files = path.split(delimiter).map((folder) => folder && join(folder, program));
  return files.find(
    (file) => file !== "" && existsSync(file) && !realpathSync(file).startsWith(outside + sep),
  );
}

/**
 * @param {Tools} tools
 * @param {string[]} words
 * @param {number} seconds
 */
function ask({ pulumi, env }, words, seconds) {
  return run(pulumi, words, { seconds, env: { ...process.env, ...env } });
}

/** The version, such as v3.259.0; empty where there is no CLI. @param {Tools} tools */
async function versionOf(tools) {
  const { code, stdout } = await ask(tools, ["version"], 20);
  return code === 0 ? stdout.trim() : "";
}

/** Whether a CLI is 3.200 or newer. @param {string} version */
export function recentEnough(version) {
  const [, major = 0, minor = 0] = (/^v?(\d+)\.(\d+)\./.exec(version) ?? []).map(Number);
  return major > 3 || (major === 3 && minor >= 200);
}

/**
 * @param {string} version
 * @param {string} platform Node's name
 * @param {string} architecture Node's name
 */
export function downloadUrl(version, platform, architecture) {
  return `https://get.pulumi.com/releases/sdk/pulumi-v${version}-${platform}-${architecture}.tar.gz`;
}

/** @param {string} url */
async function reachable(url) {
  try {
    return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    return false;
  }
}

/**
 * Downloads and unpacks the CLI: its archive holds one folder, pulumi.
 * @param {string} url
 * @param {string} home
 */
async function download(url, home) {
  await rm(join(home, "pulumi"), { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const archive = join(home, "pulumi.tar.gz");
  const words = ["-fsSL", "--retry", "2", "-o", archive, url];
  const fetched = (await run("curl", words, { seconds: 600 })).code === 0;
  const unpacked = fetched && (await run("tar", ["-xzf", archive, "-C", home])).code === 0;
  await rm(archive, { force: true });
  return unpacked;
}

/** @param {Tools} tools @param {Plugin[]} plugins */
async function missingPlugins(tools, plugins) {
  const { code, stdout } = await ask(tools, ["plugin", "ls", "--json"], 30);
  return code === 0 ? notInstalled(plugins, stdout) : plugins;
}

/** @param {Plugin[]} plugins @param {string} listing what `pulumi plugin ls --json` prints */
export function notInstalled(plugins, listing) {
  const installed = /** @type {{ name: string, kind: string, version?: string }[]} */ (
    parseJson(listing)
  );
  return plugins.filter(
    ({ name, version }) =>
      !installed.some((p) => p.kind === "resource" && p.name === name && p.version === version),
  );
}

/**
 * @param {Tools} tools
 * @param {Plugin[]} plugins
 * @param {(line: string) => void} log
 */
async function installPlugins(tools, plugins, log) {
  for (const { name, version } of plugins) {
    log(`downloading the plugin ${name} ${version}`);
    const words = ["plugin", "install", "resource", name, version];
    if ((await ask(tools, words, 300)).code !== 0) {
      log(`the plugin ${name} ${version} cannot be downloaded`);
      return false;
    }
  }
  return true;
}
