// @ts-check
// The Pulumi CLI and its plugins: the official ones where they are installed or can be downloaded,
// and those built from offline/ where they cannot.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { omitDebugLogs } from "./debugLogs.mjs";
import { Failure } from "../command/fail.mjs";
import { buildOffline, offlineHome } from "./offlineBuild.mjs";
import { findOfficial, pathWith } from "./officialTools.mjs";
import { root as workingCopy } from "../command/paths.mjs";
import { run } from "../command/run.mjs";

/**
 * @typedef {object} Tools
 * @property {"official" | "offline"} kind
 * @property {string} pulumi path of the CLI
 * @property {Record<string, string>} env what to add to the CLI's environment
 *
 * @typedef {object} Plugin
 * @property {string} name
 * @property {string} version
 */

/** The providers that the program uses. A new one: its name here, its main in offline/cmd. */
export const providers = ["docker", "command", "tls", "random"];

/**
 * Those that one platform alone needs: they are built and downloaded for its stacks only.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const platformProviders = { openstack: ["openstack"] };

const forcedOffline = () => process.env["SEMESTERHUB_OFFLINE"] === "1";

/**
 * Makes the Pulumi CLI and plugins ready and says which they are.
 * @param {object} options
 * @param {string} options.root the working copy
 * @param {(line: string) => void} options.log sees what is being done
 * @param {string} [options.platform] the stack's: what it alone needs is made ready too
 * @param {boolean} [options.offline] whether the official ones are not even looked for
 * @returns {Promise<Tools>}
 */
export async function ensureTools({ root, log, platform, offline = forcedOffline() }) {
  const plugins = pluginVersions(root, platform);
  const official = offline ? undefined : await findOfficial({ root, log, plugins });
  if (official !== undefined) {
    log(`using the official Pulumi CLI, ${official.pulumi}`);
    // That of an installed CLI is its owner's.
    const own = official.env["PULUMI_HOME"];
    if (own !== undefined) omitDebugLogs(own);
    return official;
  }
  await buildOffline({ root, log, plugins, outOfReach: !offline });
  log("using the Pulumi CLI and providers built from offline/");
  const home = offlineHome(root);
  omitDebugLogs(home);
  return {
    kind: "offline",
    pulumi: join(home, "bin", "pulumi"),
    env: {
      PATH: pathWith(join(home, "bin")),
      PULUMI_HOME: home,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // A plugin that is not there is an error at once, not a download that times out.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  };
}

/**
 * Makes debian:trixie-slim, where the engine has none and cannot pull it.
 * @param {object} options
 * @param {string} [options.root]
 * @param {(line: string) => void} options.log
 * @param {string} [options.archive] a file to make it in, instead of on the engine
 */
export async function ensureBaseImage({ root = workingCopy, log, archive }) {
  const script = join(root, "offline", "base-image.sh");
  const { code, stderr } = await run(script, [], {
    onLine: log,
    ...(archive !== undefined && {
      env: { ...process.env, SEMESTERHUB_BASE_ARCHIVE: archive },
    }),
  });
  if (code !== 0) {
    const said = stderr.trim().split("\n").slice(-5).join("\n  ");
    throw new Failure(`The base image debian:trixie-slim could not be made:\n  ${said}`, {
      fix: "docker pull debian:trixie-slim, or docker load an image of that name.",
    });
  }
}

/**
 * The plugins' versions: those of the installed SDKs or, before `npm ci`, of the lock file.
 * @param {string} root
 * @param {string} [platform]
 * @returns {Plugin[]}
 */
export function pluginVersions(root, platform = "local") {
  return [...providers, ...(platformProviders[platform] ?? [])].map((name) => ({
    name,
    version: sdkVersion(root, name),
  }));
}

/** @param {string} root @param {string} name */
function sdkVersion(root, name) {
  const installed = join(root, "node_modules", "@pulumi", name, "package.json");
  const version = existsSync(installed)
    ? /** @type {{ version?: string }} */ (readJson(installed)).version
    : /** @type {{ packages?: Record<string, { version?: string }> }} */ (
        readJson(join(root, "package-lock.json"))
      ).packages?.[`node_modules/@pulumi/${name}`]?.version;
  if (version === undefined) {
    throw new Failure(`The version of @pulumi/${name} is in no lock file.`, {
      fix: "git checkout package-lock.json, or npm install.",
    });
  }
  // @pulumi/openstack writes its own as v3.15.2.
  return version.replace(/^v/, "");
}

/** @param {string} file @returns {unknown} */
function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
