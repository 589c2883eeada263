// @ts-check
// npm run up: makes the semester, or brings it in line with its configuration.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { untilAnswers } from "./lib/status/answers.mjs";
import { runCommand } from "./lib/command/arguments.mjs";
import { cloudPreflight } from "./lib/cloud/cloudPreflight.mjs";
import { deployArgs, deployOptions } from "./lib/pulumi/deploy.mjs";
import { Engine } from "./lib/docker/engine.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { exitCodes, Failure } from "./lib/command/fail.mjs";
import { forgetArgs, missingInstances, remakeArgs } from "./lib/cloud/missingInstances.mjs";
import { checkImages } from "./lib/images/imageStore.mjs";
import { ExitLogs } from "./lib/docker/containerExitLogs.mjs";
import { refuseMovedFiles } from "./lib/course/movedFiles.mjs";
import { refuseStray, takeVolume, takeVolumeOption } from "./lib/cloud/keptVolume.mjs";
import { anewArgs } from "./lib/cloud/newMachine.mjs";
import { readOutputs } from "./lib/pulumi/outputs.mjs";
import { paths, prefixOf, root } from "./lib/command/paths.mjs";
import { preflight } from "./lib/computer/preflight.mjs";
import { prepare } from "./lib/pulumi/prepare.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { canAsk } from "./lib/command/prompt.mjs";
import { warnOfUnreachable } from "./lib/docker/reach.mjs";
import { freeLock, hasDrifted, settlePending } from "./lib/pulumi/recover.mjs";
import { awaitCertificate, explainMissing, investigate } from "./lib/status/publicCertificate.mjs";
import { readSettings } from "./lib/config/settings.mjs";
import { Stack } from "./lib/pulumi/stack.mjs";

import { formatDuration } from "./lib/command/text.mjs";

const command = {
  name: "up",
  about:
    "Makes the semester, or brings it in line with Pulumi.<stack>.yaml: checks this computer, makes\n" +
    "the tools ready, deploys, and says where the course is. Can be run again after any failure.",
  options: {
    yes: { short: "y", about: "does not ask before changing what is there" },
    ...deployOptions,
    "files-moved": {
      about: "the files have been moved by hand to where the configuration has them",
    },
    ...takeVolumeOption,
    "new-machine": {
      value: "NAME",
      about: "a machine was made anew: trusts its new host key, prepares it, restores its part",
    },
  },
};

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {string} name
 */
async function main(args, name) {
  const started = Date.now();
  const settings = readSettings(root, name);
  const progress = new Progress();
  const local = settings.platform === "local";

  if (local) {
    progress.heading("Checking this computer");
    await preflight(progress, name, settings);
  }
  let cloud;
  if (settings.platform === "openstack") {
    progress.heading("Checking the cloud");
    cloud = await cloudPreflight(progress, name);
  }
  progress.heading("Making the tools ready");
  const tools = await prepare(progress, {
    images: local ? "here" : settings.images ? "none" : "elsewhere",
    platform: settings.platform,
  });
  const stack = new Stack(name, tools);
  const isNew = await stack.open();
  progress.mark(
    "ok",
    `state: ${stack.login.own ? `${relative(root, stack.place)}, encrypted` : stack.place}`,
  );
  await checkImages(progress, stack, settings, { insist: true });
  await freeLock(stack, progress);
  await settlePending(stack, progress);

  const deployment = await stack.deployment();
  const volume = args.get("take-volume");
  if (volume !== undefined) takeVolume(stack, deployment, settings.platform, volume);
  else refuseStray(deployment, cloud?.volume, name);
  if (!args.has("files-moved")) refuseMovedFiles(deployment, name, prefixOf(name), settings);
  const servers = cloud?.servers;
  const remade = servers !== undefined && (await remakeMachines(stack, servers, progress));
  if (!local) await warnOfUnreachable(stack, prefixOf(name), progress);
  const anew = args.get("new-machine");
  if (anew !== undefined) {
    const { resources = [] } = await stack.deployment();
    progress.heading(`Preparing ${anew}`);
    const words = ["up", "--yes", "--skip-preview", "--suppress-outputs"];
    failUnless(
      await stack.attach([...words, ...anewArgs(resources, anew, name), ...stack.configArgs()]),
    );
  }
  const drifted = local && !args.has("refresh") && (await hasDrifted(stack, progress));

  progress.heading(`Deploying ${prefixOf(name)}`);
  const options = await deployArgs(stack, args);
  // A first `up` on this computer changes nothing that anybody relies on.
  const ask = canAsk() && !args.has("yes") && !(isNew && local);
  const engines = local
    ? [new Engine("this computer")]
    : isNew
      ? []
      : (await openEngines(name)).all;
  const code = await deploy(stack, engines, progress, [
    "up",
    ...(ask ? [] : ["--yes", "--skip-preview"]),
    // What was on the machine before is in the state, and not there.
    ...(drifted || remade || anew !== undefined ? ["--refresh"] : []),
    ...options,
  ]);
  failUnless(code);
  await finish(stack, progress, started, settings);
  return 0;
}

/**
 * Runs Pulumi, and says what a service's container said that ended in error.
 * @param {Stack} stack
 * @param {readonly Engine[]} engines
 * @param {Progress} progress
 * @param {string[]} args
 */
async function deploy(stack, engines, progress, args) {
  // A terminal is Pulumi's own until it ends.
  const atOnce = !canAsk();
  const words = new ExitLogs((text) => {
    if (atOnce) progress.mark("warning", text);
  });
  words.listen(stack.name, engines);
  const code = await stack.attach(args).finally(() => words.end());
  const said = await words.end();
  if (code !== 0 && !atOnce) for (const text of said) progress.mark("failed", text);
  return code;
}

/**
 * Makes VMs again that somebody deleted.
 * @param {Stack} stack
 * @param {readonly string[]} servers machines that the cloud has
 * @param {Progress} progress
 * @returns {Promise<boolean>} whether there were any
 */
async function remakeMachines(stack, servers, progress) {
  const prefix = prefixOf(stack.name);
  const { resources = [] } = await stack.deployment();
  const gone = missingInstances(resources, servers, prefix);
  if (gone.length === 0) return false;
  const names = gone.map(({ machine }) => machine).join(", ");
  progress.heading(`Making ${names} again: the cloud has no such VM any more`);
  const config = stack.configArgs();
  failUnless(await stack.attach([...forgetArgs(gone), ...config]));
  failUnless(await stack.attach([...remakeArgs(gone, resources, prefix), ...config]));
  return true;
}

/** @param {number} code of Pulumi */
function failUnless(code) {
  if (code === exitCodes.interrupted) {
    throw new Failure("Interrupted. npm run up goes on from here.", { code });
  }
  if (code !== 0) {
    throw new Failure("The semester is not complete; what is wrong stands above.", {
      fix: "See to it and run npm run up again: it goes on from here.",
    });
  }
}

/**
 * Waits until the course answers, and says how to use it.
 * @param {Stack} stack
 * @param {Progress} progress
 * @param {number} started
 * @param {import("./lib/config/settings.mjs").Settings} settings
 */
async function finish(stack, progress, started, settings) {
  const outputs = await readOutputs(stack, { secrets: true });
  const { url, login, password, storage, certificateAuthority } = outputs;
  await progress.step("The course answers", async () => {
    const answer = await untilAnswers(url, certificateAuthority, 90);
    if (answer.status !== 200) {
      throw new Failure(
        `${url} does not answer as it should: ${answer.error ?? `HTTP ${answer.status ?? 0}`}.`,
        { fix: "npm run status shows which part is missing, npm run logs hub what it says." },
      );
    }
  });
  const { certificates, domain } = settings;
  if (certificates === "acme" && domain !== undefined) {
    await tellCertificate(stack, progress, outputs, domain);
  }
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 });
  const authority = join(paths.keys, `${stack.name}-ca.crt`);
  writeFileSync(authority, certificateAuthority);
  const [student] = login.students;
  const [teacher] = login.staff;
  const who = [student, teacher === undefined ? undefined : `${teacher} (staff)`]
    .filter((person) => person !== undefined)
    .join(" or ");
  progress.line(
    [
      "",
      `${url} is ready (${formatDuration((Date.now() - started) / 1000)}).`,
      "",
      `  Log in as    ${who === "" ? "anybody of the roster" : who}`,
      ...(typeof password !== "string"
        ? [`  With         ${login.method}`]
        : [`  Password     ${password}`]),
      ...(certificates === "stack"
        ? [
            `  Certificate  from this stack's own authority: the browser warns once, or trusts`,
            `               ${relative(root, authority)} (import it as an authority)`,
          ]
        : []),
      `  Files        ${storage.path}`,
      `  Backups      ${storage.backups}`,
      "",
      ...outputs.next.map((line) => `  ${line}`),
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

await runCommand(command, main);
