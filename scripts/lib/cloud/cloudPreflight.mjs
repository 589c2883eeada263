// @ts-check
// The checks of a cloud before anything is made there, in `up` and `preview`.
import { lookAtCloud } from "./cloudFacts.mjs";
import { judgeNames, judgeRegion } from "./cloudNames.mjs";
import { judgeCapacity, judgeQuotas, judgeServers, judgeVolume } from "./cloudNeeds.mjs";
import { judgeCost } from "./cost.mjs";
import { findCredentials } from "./openstackCredentials.mjs";
import { root } from "../command/paths.mjs";
import { report } from "../computer/preflight.mjs";

/**
 * Asks the cloud, shows what was found, and ends the command if anything is missing.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {import("../../../config/types.js").SemesterConfig} config
 * @returns {Promise<{ servers: string[] | undefined, volume: import("./keptVolume.mjs").KeptVolume | undefined } | undefined>}
 *   the machines that have VMs, where the cloud could be asked, and the stack's data volume
 */
export async function cloudPreflight(progress, config) {
  const { platform, stack } = config;
  if (platform.kind !== "openstack") return undefined;
  const credentials = findCredentials(platform, process.env, root);
  const { facts, silent } = await progress.step(
    "Asking the cloud",
    () => lookAtCloud(credentials, stack),
    ({ project: name }) => `project ${name} at ${new URL(credentials.authUrl).host}`,
  );
  report(progress, [...findingsOf({ ...config, platform }, facts, silent), ...judgeCost(config)]);
  const { servers, volume } = facts.existing;
  return { servers: silent.length > 0 ? undefined : servers, volume };
}

/**
 * @param {import("./cloudNeeds.mjs").CloudConfig} config
 * @param {import("./cloudNeeds.mjs").CloudFacts} facts
 * @param {string[]} silent
 * @returns {import("../computer/capacity.mjs").Finding[]}
 */
export function findingsOf(config, facts, silent) {
  // Nothing else can be known of a region that is not there.
  if (facts.regionMissing !== undefined) return judgeRegion(config, facts);
  return [
    ...judgeNames(config, facts),
    ...judgeServers(config, facts),
    ...judgeVolume(config, facts),
    ...silent.map((why) => ({
      how: /** @type {const} */ ("warning"),
      text: `a part could not be checked: ${why}`,
    })),
    judgeQuotas(config, facts),
    ...judgeCapacity(config, facts),
  ];
}
