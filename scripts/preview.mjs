// @ts-check
// npm run preview: what `up` would change, without changing anything.
import { runCommand } from "./lib/command/arguments.mjs";
import { cloudPreflight } from "./lib/cloud/cloudPreflight.mjs";
import { deployArgs, deployOptions } from "./lib/pulumi/deploy.mjs";
import { checkImages } from "./lib/images/imageStore.mjs";
import { prepare } from "./lib/pulumi/prepare.mjs";
import { refuseStray, takeVolume, takeVolumeOption } from "./lib/cloud/keptVolume.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { warnOfUnreachable } from "./lib/docker/reach.mjs";
import { readSettings } from "./lib/config/settings.mjs";
import { prefixOf, root } from "./lib/command/paths.mjs";
import { Stack } from "./lib/pulumi/stack.mjs";

const command = {
  name: "preview",
  about: "Shows what npm run up would change, and changes nothing.",
  options: { ...deployOptions, ...takeVolumeOption },
};

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {string} name
 */
async function main(args, name) {
  const settings = readSettings(root, name);
  const { platform } = settings;
  const progress = new Progress();
  const cloud = platform === "openstack" ? await cloudPreflight(progress, name) : undefined;
  const stack = new Stack(name, await prepare(progress, { images: "none", platform }));
  await stack.open();
  const volume = args.get("take-volume");
  if (volume !== undefined) takeVolume(stack, await stack.deployment(), platform, volume);
  else if (cloud) refuseStray(await stack.deployment(), cloud.volume, name);
  await checkImages(progress, stack, settings, { insist: false });
  if (platform !== "local") await warnOfUnreachable(stack, prefixOf(name), progress);
  return stack.attach(["preview", ...(await deployArgs(stack, args))]);
}

await runCommand(command, main);
