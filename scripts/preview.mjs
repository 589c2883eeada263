// @ts-check
// npm run preview: what `up` would change, without changing anything.
import { cloudPreflight } from "./lib/cloud/cloudPreflight.mjs";
import { refuseStray } from "./lib/cloud/keptVolume.mjs";
import { runCommand } from "./lib/command/arguments.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { judgeGpus } from "./lib/computer/gpuCapacity.mjs";
import { judgeHosts } from "./lib/computer/hostsCapacity.mjs";
import { report } from "./lib/computer/preflight.mjs";
import { warnOfUnreachable } from "./lib/docker/reach.mjs";
import { checkImages } from "./lib/images/imageStore.mjs";
import { readConfig } from "./lib/pulumi/config.mjs";
import { deployOptions, optionsOf, succeeded } from "./lib/pulumi/deploy.mjs";
import { openStack } from "./lib/pulumi/stack.mjs";
import { readStackFile } from "./lib/pulumi/stackFile.mjs";

const command = {
  name: "preview",
  about: "Shows what npm run up would change, and changes nothing.",
  pulumi: "pulumi preview",
  options: deployOptions,
};

await runCommand(command, async (args, name) => {
  const { platform } = readStackFile(name);
  const progress = new Progress();
  const stack = await openStack(name);
  await stack.open();
  const config = await readConfig(stack);
  report(progress, [...judgeHosts(config), ...judgeGpus(config)]);
  const cloud = await cloudPreflight(progress, config);
  const taken = config.platform.kind === "openstack" ? config.platform.dataVolumeId : undefined;
  if (cloud) refuseStray(await stack.deployment(), cloud.volume, name, taken);
  await checkImages(progress, config, { insist: false });
  if (platform !== "local") await warnOfUnreachable(stack, progress);
  const options = await optionsOf(stack, args);
  const { changes } = succeeded(await stack.run("preview", progress, options));
  if (changes === 0) progress.line("Nothing would change.");
  return 0;
});
