// @ts-check
// What has to be there before Pulumi can run the program: packages, tools, the base image.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { offlineHome } from "./offlineBuild.mjs";
import { root } from "../command/paths.mjs";
import { must } from "../command/run.mjs";
import { forcedOffline } from "./stack.mjs";
import { ensureBaseImage, ensureTools } from "./tools.mjs";

/**
 * Whether the npm packages are those of the lock file.
 * @param {number | undefined} installed when npm last wrote node_modules
 * @param {number} locked when the lock file changed
 */
export function packagesAreCurrent(installed, locked) {
  return installed !== undefined && installed >= locked;
}

function packagesInstalled() {
  const mark = join(root, "node_modules", ".package-lock.json");
  return packagesAreCurrent(
    existsSync(mark) ? statSync(mark).mtimeMs : undefined,
    statSync(join(root, "package-lock.json")).mtimeMs,
  );
}

/**
 * Makes ready, side by side, what is missing.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {object} needs
 * @param {"here" | "elsewhere" | "none"} needs.images where images are going to be built: on this
 *   computer's engine, or on a machine's
 * @param {string} needs.platform
 * @returns {Promise<import("./stack.mjs").Tools>}
 */
export async function prepare(progress, { images, platform }) {
  const packages = packagesInstalled()
    ? Promise.resolve()
    : progress.step("npm packages", async (log) => {
        await must("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
          cwd: root,
          doing: "npm ci",
          fix: "npm config get registry shows where npm looks for packages.",
          onLine: log,
        });
      });
  const tools = progress.step(
    "Pulumi CLI and providers",
    (log) => ensureTools({ root, log, platform, offline: forcedOffline(process.env) }),
    ({ kind }) => kind,
  );
  const base =
    images === "here"
      ? progress.step("Debian base image", (log) => ensureBaseImage({ log }))
      : images === "elsewhere"
        ? bringBaseImage(tools, progress)
        : Promise.resolve();
  // All are waited for, so that nothing goes on behind an error message.
  const outcomes = await Promise.allSettled([packages, tools, base]);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  return tools;
}

/**
 * Where there is no registry, this computer brings the base image to the machines.
 * @param {Promise<import("./stack.mjs").Tools>} tools
 * @param {import("../command/progress.mjs").Progress} progress
 */
async function bringBaseImage(tools, progress) {
  const { kind } = await tools;
  if (kind === "official") return;
  await progress.step("Debian base image, to bring along", (log) =>
    ensureBaseImage({ log, archive: join(offlineHome(root), "images", "debian_trixie-slim.tar") }),
  );
}
