// @ts-check
// npm run preview: what `up` would change, without changing anything.
import { help, parse, stackName } from "./lib/arguments.mjs";
import { cloudPreflight } from "./lib/cloudPreflight.mjs";
import { deployArgs, deployOptions } from "./lib/deploy.mjs";
import { runMain } from "./lib/fail.mjs";
import { checkImages } from "./lib/imageStore.mjs";
import { prepare } from "./lib/prepare.mjs";
import { Progress } from "./lib/progress.mjs";
import { warnOfUnreachable } from "./lib/reach.mjs";
import { readSettings } from "./lib/settings.mjs";
import { prefixOf, root } from "./lib/paths.mjs";
import { Stack } from "./lib/stack.mjs";

const command = {
  name: "preview",
  about: "Shows what npm run up would change, and changes nothing.",
  options: deployOptions,
};

/** @param {string[]} words */
async function main(words) {
  const args = parse(command, words);
  if (args.help) {
    process.stdout.write(help(command));
    return 0;
  }
  const name = stackName(command, args);
  const settings = readSettings(root, name);
  const { platform } = settings;
  const progress = new Progress();
  if (platform === "openstack") await cloudPreflight(progress, name);
  const stack = new Stack(name, await prepare(progress, { images: "none", platform }));
  await stack.open();
  await checkImages(progress, stack, settings, { insist: false });
  if (platform !== "local") await warnOfUnreachable(stack, prefixOf(name), progress);
  return stack.attach(["preview", ...(await deployArgs(stack, args))]);
}

await runMain(main);
