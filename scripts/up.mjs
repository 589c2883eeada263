// @ts-check
// npm run up: makes the semester, or brings it in line with its configuration.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { cloudPreflight } from "./lib/cloud/cloudPreflight.mjs";
import { refuseStray } from "./lib/cloud/keptVolume.mjs";
import {
  forgetArgs,
  missingInstances,
  neverStarted,
  remakeArgs,
} from "./lib/cloud/missingInstances.mjs";
import { runCommand } from "./lib/command/arguments.mjs";
import { Failure } from "./lib/command/fail.mjs";
import { paths, prefixOf, root } from "./lib/command/paths.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { canAsk, confirm } from "./lib/command/prompt.mjs";
import { formatDuration } from "./lib/command/text.mjs";
import { judgeGpus } from "./lib/computer/gpuCapacity.mjs";
import { judgeHosts } from "./lib/computer/hostsCapacity.mjs";
import { preflight, report } from "./lib/computer/preflight.mjs";
import { ExitLogs } from "./lib/docker/containerExitLogs.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { warnOfUnreachable } from "./lib/docker/reach.mjs";
import { checkImages } from "./lib/images/imageStore.mjs";
import { readConfig } from "./lib/pulumi/config.mjs";
import { deployOptions, optionsOf, succeeded } from "./lib/pulumi/deploy.mjs";
import { readOutputs } from "./lib/pulumi/outputs.mjs";
import { prepare } from "./lib/pulumi/prepare.mjs";
import { freeLock, settlePending } from "./lib/pulumi/recover.mjs";
import { Stack } from "./lib/pulumi/stack.mjs";
import { readStackFile } from "./lib/pulumi/stackFile.mjs";
import { swarmGeneration } from "./lib/pulumi/state.mjs";
import { untilAnswers } from "./lib/status/answers.mjs";
import { awaitCertificate, explainMissing, investigate } from "./lib/status/publicCertificate.mjs";

/** @typedef {import("../config/types.js").SemesterConfig} SemesterConfig */

const command = {
  name: "up",
  about:
    "Makes the semester, or brings it in line with Pulumi.<stack>.yaml: makes the tools ready, checks\n" +
    "this computer, deploys, and shows where the course is. Can be run again after any failure.",
  pulumi: "pulumi up",
  options: {
    yes: { short: "y", about: "does not ask before changing what is there" },
    ...deployOptions,
  },
};

/**
 * Runs Pulumi, and shows the end of the log of a service's container that failed.
 * @param {Stack} stack
 * @param {Progress} progress
 * @param {import("./lib/pulumi/stack.mjs").RunOptions} options
 * @param {boolean} bare whether no machine has an engine yet
 */
async function deploy(stack, progress, options, bare) {
  const logs = new ExitLogs((text) => {
    progress.mark("warning", text);
  });
  if (!bare) logs.listen(stack.name, (await openEngines(stack.name)).all);
  const outcome = await stack.run("up", progress, options).finally(() => logs.end());
  succeeded(outcome);
}

/**
 * Makes VMs again that somebody deleted.
 * @param {Stack} stack
 * @param {readonly string[]} servers machines that the cloud has
 * @param {Progress} progress
 * @returns {Promise<boolean>} whether there were any
 */
async function remakeMachines(stack, servers, progress) {
  const { resources = [] } = await stack.deployment();
  const gone = missingInstances(resources, servers);
  if (gone.length === 0) return false;
  const names = gone.map(({ machine }) => machine).join(", ");
  progress.heading(`Making ${names} again: the cloud has no such VM any more`);
  succeeded(await stack.run("refresh", progress, forgetArgs(gone)));
  const remake = remakeArgs(gone, resources);
  if (remake !== undefined) succeeded(await stack.run("up", progress, remake));
  return true;
}

/**
 * Waits until the course answers, and shows how to use it.
 * @param {Stack} stack
 * @param {Progress} progress
 * @param {number} started
 * @param {SemesterConfig} config
 */
async function finish(stack, progress, started, config) {
  const outputs = await readOutputs(stack);
  const { url, password, storage, certificateAuthority } = outputs;
  await progress.step("The course answers", async () => {
    const answer = await untilAnswers(url, certificateAuthority, 90);
    if (answer.status !== 200) {
      throw new Failure(
        `${url} does not answer as it should: ${answer.error ?? `HTTP ${answer.status ?? 0}`}.`,
        { fix: "npm run status shows which part is missing, npm run logs hub what it says." },
      );
    }
  });
  const { proxy, roster, login } = config;
  if (proxy.tls.source === "acme" && proxy.domain !== undefined) {
    await tellCertificate(stack, progress, outputs, proxy.domain);
  }
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 });
  const authority = join(paths.keys, `${stack.name}-ca.crt`);
  writeFileSync(authority, certificateAuthority);
  const [student, teacher] = [roster.students[0], roster.staff[0]];
  const who = [student, teacher && `${teacher} (staff)`].filter((one) => one !== undefined);
  progress.line(
    [
      "",
      `${url} is ready (${formatDuration((Date.now() - started) / 1000)}).`,
      "",
      `  Log in as    ${who.length === 0 ? "anybody of the roster" : who.join(" or ")}`,
      ...(typeof password !== "string"
        ? [`  With         ${login.method}`]
        : [`  Password     ${password}`]),
      ...(proxy.tls.source === "stack"
        ? [
            `  Certificate  from this stack's own authority: the browser warns once, or trusts`,
            `               ${relative(root, authority)} (import it as an authority)`,
          ]
        : []),
      `  Files        ${storage.path}`,
      `  Backups      ${storage.backups}`,
      "",
      "  npm run status      how the course is, on one screen",
      "  npm run logs hub    what the hub says",
      "  npm run backup      a backup now",
      "  npm run down        ends the semester; files and backups stay",
    ].join("\n"),
  );
}

/**
 * Waits until the public certificate is served. Where it isn't, the course runs all the same: that is
 * a warning, with what to do.
 * @param {Stack} stack
 * @param {Progress} progress
 * @param {import("./lib/pulumi/outputs.mjs").Outputs} outputs
 * @param {string} domain
 */
async function tellCertificate(stack, progress, { url, addresses, certificateAuthority }, domain) {
  const { proxy } = (await openEngines(stack.name)).known;
  const missing = await progress.step(
    `Waiting for the certificate of ${domain}`,
    () => awaitCertificate(proxy, prefixOf(stack.name), url, certificateAuthority),
    (found) => (found === undefined ? "served" : "not there yet"),
  );
  if (missing === undefined) return;
  const lines = explainMissing(await investigate(domain, addresses.proxy, missing.status));
  progress.mark("warning", lines.join("\n      → "));
}

await runCommand(command, async (args, name) => {
  const started = Date.now();
  const { platform, registry } = readStackFile(name);
  const local = platform === "local";
  const progress = new Progress();
  progress.heading("Making the tools ready");
  const tools = await prepare(progress, {
    images: local ? "here" : registry ? "none" : "elsewhere",
    platform,
  });
  const stack = await Stack.of(name, tools);
  const isNew = await stack.open();
  const { login } = stack;
  const place = login.own ? `${relative(root, paths.state)}, encrypted` : login.url;
  progress.mark("ok", `state: ${place}`);
  const config = await readConfig(stack);

  progress.heading("Checking");
  const deployment = await stack.deployment();
  const generation = config.platform.kind === "local" ? config.platform.generation : undefined;
  const held = swarmGeneration(deployment);
  const renewed = generation !== undefined && held !== undefined && generation !== held;
  if (local) await preflight(progress, config, renewed ? undefined : held);
  report(progress, [...judgeHosts(config), ...judgeGpus(config)]);
  const cloud = await cloudPreflight(progress, config);
  await checkImages(progress, config, { insist: true });
  await freeLock(stack, progress);
  await settlePending(stack, progress);

  const taken = config.platform.kind === "openstack" ? config.platform.dataVolumeId : undefined;
  refuseStray(deployment, cloud?.volume, name, taken);
  const servers = cloud?.servers;
  const remade = servers !== undefined && (await remakeMachines(stack, servers, progress));
  if (!local) await warnOfUnreachable(stack, progress);

  progress.heading(`Deploying ${prefixOf(name)}`);
  const options = {
    ...(await optionsOf(stack, args)),
    // What somebody removed is in the state, and not there. An engine that lost everything can't be asked.
    refresh: args.has("refresh") || (local && !isNew && !renewed) || remade,
    replace: remade ? [] : neverStarted(deployment.resources ?? []),
  };
  // A first `up` on this computer changes nothing that anybody relies on.
  if (canAsk() && !args.has("yes") && !(isNew && local)) {
    const { changes } = succeeded(await stack.run("preview", progress, options));
    if (changes > 0) await confirm("Do this?", false);
  }
  await deploy(stack, progress, options, isNew && !local);
  await finish(stack, progress, started, config);
  return 0;
});
