// @ts-check
// The checks of a cloud before anything is made there, in `up` and `preview`.
import { lookAtCloud } from "./cloudFacts.mjs";
import { judgeNames, judgeRegion } from "./cloudNames.mjs";
import { judgeCapacity, judgeQuotas, judgeVolume } from "./cloudNeeds.mjs";
import { cloudSettingsOf } from "./cloudSettings.mjs";
import { judgeCost } from "./cost.mjs";
import { findCredentials } from "./openstackCredentials.mjs";
import { root } from "../command/paths.mjs";
import { report } from "../computer/preflight.mjs";

/** @typedef {import("../computer/capacity.mjs").Finding} Finding */

/**
 * Asks the cloud, shows what was found, and ends the command if anything is missing.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {import("../../../config/types.js").SemesterConfig} config
 * @returns {Promise<{ servers: string[] | undefined, volume: import("./keptVolume.mjs").KeptVolume | undefined } | undefined>}
 *   the machines that have VMs, where the cloud could be asked, and the stack's data volume
 */
export async function cloudPreflight(progress, config) {
  const settings = cloudSettingsOf(config);
  if (settings === undefined) return undefined;
  const credentials = findCredentials(settings, process.env, root);
  const { facts, silent } = await progress.step(
    "Asking the cloud",
    () => lookAtCloud(credentials, settings),
    ({ project: name }) => `project ${name} at ${new URL(credentials.authUrl).host}`,
  );
  report(progress, [...findingsOf(settings, facts, silent), ...judgeCost(config)]);
  const { servers, volume, volumeId, volumeGb } = facts.existing;
  return {
    servers: silent.length > 0 ? undefined : servers,
    volume: volume ? { id: volumeId, gigabytes: volumeGb } : undefined,
  };
}

/**
 * @param {import("./cloudSettings.mjs").CloudSettings} settings
 * @param {import("./cloudNeeds.mjs").CloudFacts} facts
 * @param {string[]} silent
 * @returns {Finding[]}
 */
export function findingsOf(settings, facts, silent) {
  // Nothing else can be known of a region that is not there.
  if (facts.regionMissing !== undefined) return judgeRegion(settings, facts);
  const names = judgeNames(settings, facts);
  /** @type {Finding[]} */
  const unasked = silent.map((why) => ({
    how: "warning",
    text: `a part could not be checked: ${why}`,
  }));
  return [
    ...names,
    ...judgeVolume(settings, facts),
    ...unasked,
    judgeQuotas(settings, facts),
    ...judgeCapacity(settings, facts),
  ];
}
