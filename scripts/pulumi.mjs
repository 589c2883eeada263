// @ts-check
// npm run pulumi: any command of the Pulumi CLI, with this working copy's tools and state.
import { leavesOut, refuseIncomplete } from "./lib/pulumi/deploy.mjs";
import { exitCodes, runMain } from "./lib/command/fail.mjs";
import { paths, root } from "./lib/command/paths.mjs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { uninterrupted } from "./lib/command/signals.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";

const about = `npm run pulumi -- COMMAND [options]

Runs a command of the Pulumi CLI with the tools and the state that npm run up uses:

  npm run pulumi -- config set --path semesterhub:course.title "Statistics"
  npm run pulumi -- stack export
  npm run pulumi -- state unprotect URN

The stack is dev, or what SEMESTERHUB_STACK says; --stack, where the command has it, goes before that.
State: ${paths.state}, unless somebody is logged in to another.
`;

/** Commands that read the configuration to deploy with it, and so need it with the stack's salt. */
const deploying = ["up", "preview", "refresh", "destroy"];

/** @param {string[]} words */
async function main(words) {
  if (words.length === 0) {
    process.stdout.write(about);
    return exitCodes.usage;
  }
  const at = words.findIndex((word) => word === "--stack" || word === "-s");
  const name = (at >= 0 ? words[at + 1] : process.env["SEMESTERHUB_STACK"]) ?? "dev";
  const stack = await existingStack(name);
  const { pulumi } = stack.tools;
  // Refreshing or destroying a part makes nothing.
  if (["up", "preview"].includes(words[0] ?? "") && leavesOut(words)) {
    refuseIncomplete(name, (await stack.deployment()).resources ?? []);
  }
  const own = deploying.includes(words[0] ?? "") && !words.includes("--config-file");
  const chosen = at >= 0 ? {} : { PULUMI_STACK: name };
  const child = spawn(pulumi, [...words, ...(own ? stack.configArgs() : [])], {
    env: { ...process.env, ...stack.workspace.envVars, ...chosen },
    cwd: root,
    stdio: "inherit",
  });
  const ended = /** @type {Promise<[number | null]>} */ (once(child, "close"));
  const [code] = await uninterrupted("Stopping in order.", () => ended);
  return code ?? exitCodes.interrupted;
}

await runMain(main);
