// @ts-check
// What has to be there before Pulumi can run the program: an engine, tools, the base image.
import { join } from "node:path";
import { root } from "../command/paths.mjs";
import { ensureEngine } from "../computer/engine.mjs";
import { offlineHome } from "./offlineBuild.mjs";
import { ensureBaseImage, ensureTools } from "./tools.mjs";

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
  const tools = progress.step(
    "Pulumi CLI and providers",
    (log) => ensureTools({ root, log, platform }),
    ({ kind }) => kind,
  );
  const base =
    images === "here"
      ? engineWithBase(progress)
      : images === "elsewhere"
        ? bringBaseImage(tools, progress)
        : Promise.resolve();
  // All are waited for, so that nothing goes on behind an error message.
  const outcomes = await Promise.allSettled([tools, base]);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
  return tools;
}

/** @param {import("../command/progress.mjs").Progress} progress */
async function engineWithBase(progress) {
  await progress.step("Docker engine", ensureEngine, ({ version }) => version);
  await progress.step("Debian base image", (log) => ensureBaseImage({ log }));
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
