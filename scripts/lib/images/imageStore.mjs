// @ts-check
// A registry that the configuration names: which of the course's images it has.
import { join } from "node:path";
import { report } from "../computer/preflight.mjs";
import { root } from "../command/paths.mjs";
import { loadProgram } from "../pulumi/program.mjs";
import { ask } from "./registryClient.mjs";
import { counted } from "../command/text.mjs";

/** @typedef {import("../computer/capacity.mjs").Finding} Finding */
/** @typedef {import("./registryClient.mjs").Store} Store */
/** @typedef {import("../../../components/hubHost/images.js").ImagePlan} ImagePlan */
/** @typedef {import("../../../config/types.js").SemesterConfig} SemesterConfig */
/** @typedef {{ plan: ImagePlan, answer: import("./registryClient.mjs").Answer }} Found */

/**
 * What the configuration says of a registry, its password in plain text.
 * @param {SemesterConfig} config
 * @returns {Promise<Store | undefined>} absent where it names none
 */
export async function configuredStore({ images }) {
  if (images === undefined) return undefined;
  const { registry, login, certificateAuthority } = images;
  /** @type {string | undefined} */
  const password = login && (await new Promise((resolve) => login.password.apply(resolve)));
  return {
    ...registry,
    ...(login && password !== undefined && { login: { username: login.username, password } }),
    ...(certificateAuthority !== undefined && { certificateAuthority }),
  };
}

/**
 * The images of a course, in the order in which they are built.
 * @param {SemesterConfig} [config] whose own are among them; absent: all that courses run
 * @returns {ImagePlan[]}
 */
export function planImages(config) {
  const { courseImages, imagesOf, planImage } =
    /** @type {typeof import("../../../components/hubHost/images.js")} */ (
      loadProgram("components/hubHost/images")
    );
  const { environmentsOf, planEnvironment } = environmentsModule();
  const folder = join(root, "images");
  return [
    ...(config ? imagesOf(config) : courseImages).map((image) => planImage(folder, image)),
    ...[...environmentsOf(config ?? { profiles: [] })].map(([image, wanted]) =>
      planEnvironment(folder, image, wanted),
    ),
  ];
}

/** @returns {typeof import("../../../components/hubHost/environments.js")} */
export function environmentsModule() {
  return /** @type {never} */ (loadProgram("components/hubHost/environments"));
}

/**
 * Asks for every image, all at once.
 * @param {Store} store
 * @param {ImagePlan[]} plans
 * @returns {Promise<Found[]>}
 */
export function lookFor(store, plans) {
  return Promise.all(
    plans.map(async (plan) => ({ plan, answer: await ask(store, plan.image, plan.hash) })),
  );
}

/**
 * What a registry's answers mean for a stack.
 * @param {string} stack
 * @param {Store} store
 * @param {Found[]} found
 * @returns {Finding}
 */
export function judgeImages(stack, { server, folder, login }, found) {
  const place = `${server}/${folder}`;
  const [first] = found.flatMap(({ answer }) =>
    answer.is === "refused" || answer.is === "silent" ? [answer] : [],
  );
  if (first?.is === "refused") {
    return {
      how: "failed",
      text: `the registry ${place} refuses ${login === undefined ? "to answer without a user" : login.username} (HTTP ${String(first.status)})`,
      fix: "Set semesterhub:images username and password to those of somebody who may read there.",
    };
  }
  if (first?.is === "silent") {
    return {
      how: "warning",
      text: `the registry ${place} can't be asked from here (${first.why}); each machine will say what it does not find there`,
    };
  }
  const missing = found.filter(({ answer }) => answer.is === "missing").map(({ plan }) => plan);
  if (missing.length === 0) {
    return { how: "ok", text: `${counted(found.length, "image")} in the registry ${place}` };
  }
  return {
    how: "failed",
    text: `the registry ${place} lacks ${missing.map(({ image, hash }) => `${image}:${hash}`).join(", ")}`,
    fix: `npm run images -- --stack ${stack} builds what is missing and sends it there.`,
  };
}

/**
 * Before an `up` or a preview: whether the registry has what the machines will fetch.
 * @param {import("../command/progress.mjs").Progress} progress
 * @param {SemesterConfig} config
 * @param {{ insist: boolean }} options insist: whether it must have it
 */
export async function checkImages(progress, config, { insist }) {
  const store = await configuredStore(config);
  if (store === undefined) return;
  const finding = judgeImages(config.stack, store, await lookFor(store, planImages(config)));
  const how = finding.how === "failed" && !insist ? "warning" : finding.how;
  report(progress, [{ ...finding, how }]);
}
