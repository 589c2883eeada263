// @ts-check
// How many servers with GPUs run at once: pure arithmetic on the configuration.
import { counted } from "../command/text.mjs";

/**
 * A line for each profile with GPUs; all of them have the same GPUs.
 * @param {import("../../../config/types.js").SemesterConfig} config
 * @returns {import("./capacity.mjs").Finding[]}
 */
export function judgeGpus({ platform, profiles }) {
  const machines = gpusOf(platform);
  return profiles
    .filter(({ gpus }) => gpus > 0)
    .map(({ name, gpus }) => {
      const most = machines.reduce((sum, each) => sum + Math.floor(each / gpus), 0);
      const what = counted(gpus, "GPU");
      return { how: "ok", text: `${name}: ${counted(most, "server")} with ${what} each at once` };
    });
}

/**
 * GPUs of each machine that runs servers.
 * @param {import("../../../config/types.js").Platform} platform
 * @returns {number[]}
 */
function gpusOf(platform) {
  if (platform.kind === "local") return [];
  if (platform.kind === "hosts") {
    const machines = platform.nodes.length > 0 ? platform.nodes : [platform.hub];
    return machines.map(({ gpus }) => gpus);
  }
  const { names, gpus } = platform.nodes;
  return (names.length > 0 ? names : ["hub"]).map(() => gpus);
}
