// @ts-check
// npm run images: builds the course's images here and sends them to the registry of the configuration.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "./lib/command/arguments.mjs";
import { Failure } from "./lib/command/fail.mjs";
import {
  configuredStore,
  environmentsModule,
  judgeImages,
  lookFor,
  planImages,
} from "./lib/images/imageStore.mjs";
import { parseJson } from "./lib/command/json.mjs";
import { root } from "./lib/command/paths.mjs";
import { prepare } from "./lib/pulumi/prepare.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { must, run } from "./lib/command/run.mjs";
import { readConfig } from "./lib/pulumi/config.mjs";
import { Stack } from "./lib/pulumi/stack.mjs";
import { readStackFile } from "./lib/pulumi/stackFile.mjs";

/** @typedef {import("./lib/images/registryClient.mjs").Store} Store */
/** @typedef {import("../components/hubHost/images.js").ImagePlan} ImagePlan */

const command = {
  name: "images",
  about:
    "Builds the course's images with this computer's Docker and sends them to the registry that\n" +
    "semesterhub:images names: those that it has not got. An image is called by a hash of what goes\n" +
    "into it, so one that is there is the right one.",
  options: {},
  more:
    "They are sent as whoever `docker login` logged in to the registry on this computer, else with\n" +
    "the username and password of the configuration.",
};

/** What the machines are; remote/base.sh refuses any other. */
const platform = "linux/amd64";

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} _
 * @param {string} name
 */
async function main(_, name) {
  const { platform } = readStackFile(name);
  const progress = new Progress();
  const stack = await Stack.of(name, await prepare(progress, { images: "here", platform }));
  await stack.open();
  const config = await readConfig(stack);
  const store = await configuredStore(config);
  if (store === undefined) {
    throw new Failure(`The stack ${name} names no registry, so there is nowhere to send images.`, {
      fix: "Images are built where they are used then. docs/machines.md says how a registry is named.",
    });
  }

  progress.heading(`Images for ${store.server}/${store.folder}`);
  const plans = planImages(config);
  const missing = await progress.step(
    "Asking the registry",
    () => missingIn(name, store, plans),
    (found) => `${String(plans.length - found.length)} of ${String(plans.length)} are there`,
  );
  if (missing.length > 0) await send(progress, store, plans, missing);
  progress.line(["", ...plans.map((plan) => `  ${placeOf(store, plan)}`)].join("\n"));
  return 0;
}

/**
 * @param {string} stack
 * @param {Store} store
 * @param {ImagePlan[]} plans
 */
async function missingIn(stack, store, plans) {
  const found = await lookFor(store, plans);
  const unsure = found.some(({ answer }) => answer.is === "refused" || answer.is === "silent");
  if (unsure) {
    const { text, fix } = judgeImages(stack, store, found);
    throw new Failure(`${text}.`, fix === undefined ? {} : { fix });
  }
  return found.filter(({ answer }) => answer.is === "missing").map(({ plan }) => plan);
}

/**
 * @param {Progress} progress
 * @param {Store} store
 * @param {ImagePlan[]} plans
 * @param {ImagePlan[]} missing
 */
async function send(progress, store, plans, missing) {
  trust(store);
  const bases = new Set(missing.flatMap(({ from }) => from));
  for (const plan of plans) {
    if (missing.includes(plan)) {
      if (await isHere(plan)) progress.mark("ok", `Building ${plan.image}: it is here already`);
      else await progress.step(`Building ${plan.image}`, (log) => build(plan, log));
      await progress.step(`Sending ${plan.image}`, (log) => transfer("push", store, plan, log));
    } else if (bases.has(/** @type {never} */ (plan.image))) {
      // Exactly the one that is there, so that the files that the proxy takes from it match.
      await progress.step(`Fetching ${plan.image}`, (log) => transfer("pull", store, plan, log));
      const words = ["tag", placeOf(store, plan), plan.tag];
      await must("docker", words, { doing: `Naming ${plan.image}` });
    }
  }
}

/**
 * Whether this computer's engine has the image, for the machines: its tag tells what is in it.
 * @param {ImagePlan} plan
 */
async function isHere({ tag }) {
  const format = "{{.Os}}/{{.Architecture}}";
  const { code, stdout } = await run("docker", ["image", "inspect", "--format", format, tag]);
  return code === 0 && stdout.trim() === platform;
}

/**
 * @param {ImagePlan} plan
 * @param {import("./lib/command/progress.mjs").Log} log
 */
async function build(plan, log) {
  const { image, context, buildArgs, tag } = plan;
  if (plan.files !== undefined) environmentsModule().stage(plan);
  const given = Object.entries(buildArgs).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  const words = ["build", "--platform", platform, ...given, "--tag", tag, context];
  await must("docker", words, { doing: `Building ${image}`, onLine: log });
}

/**
 * What the machines do too, on this computer.
 * @param {"push" | "pull"} which
 * @param {Store} store
 * @param {ImagePlan} plan
 * @param {import("./lib/command/progress.mjs").Log} log
 */
async function transfer(which, store, plan, log) {
  const login = isLoggedIn(store.server) ? undefined : store.login;
  const script = join(root, "components", "shell", "images", `image-${which}.sh`);
  await must("sh", [script], {
    doing: `${which === "push" ? "Sending" : "Fetching"} ${plan.image}`,
    fix: `docker login ${store.server} logs in as somebody who may write there.`,
    env: {
      ...process.env,
      SERVER: store.server,
      THERE: placeOf(store, plan),
      IMAGE: plan.tag,
      USERNAME: login?.username ?? "",
      ADVICE: "",
    },
    input: login?.password ?? "",
    onLine: log,
  });
}

/**
 * @param {Store} store
 * @param {ImagePlan} plan
 */
function placeOf({ server, folder }, { image, hash }) {
  return `${server}/${folder}/${image}:${hash}`;
}

/**
 * Whether `docker login` knows the registry.
 * @param {string} server
 */
function isLoggedIn(server) {
  const folder = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  const file = join(folder, "config.json");
  if (!existsSync(file)) return false;
  /** @type {{ auths?: Record<string, unknown>, credHelpers?: Record<string, unknown> }} */
  const config = /** @type {never} */ (parseJson(readFileSync(file, "utf8")));
  return config.auths?.[server] !== undefined || config.credHelpers?.[server] !== undefined;
}

/**
 * Lets this computer's engine believe the registry's certificate.
 * @param {Store} store
 */
function trust({ server, certificateAuthority }) {
  if (certificateAuthority === undefined) return;
  const folder = process.platform === "linux" ? "/etc/docker" : join(homedir(), ".docker");
  const file = join(folder, "certs.d", server, "ca.crt");
  if (existsSync(file) && readFileSync(file, "utf8") === certificateAuthority) return;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, certificateAuthority);
  } catch {
    throw new Failure(`This computer's Docker must believe ${server}'s certificate.`, {
      fix: `sudo install -D -m 0644 CERTIFICATE_AUTHORITY ${file}, and run this again.`,
    });
  }
}

await runCommand(command, main);
