// @ts-check
// A configuration that puts the course's files elsewhere than they are: `up` moves no files, and the
// students would find empty homes in the new place.
import { Failure } from "../command/fail.mjs";

/** @typedef {import("../pulumi/state.mjs").StateResource} StateResource */
/** @typedef {{ storage: string, storageApart: boolean }} Place */

/**
 * Where a state's files are.
 * @param {readonly StateResource[]} resources
 * @param {string} prefix what the names of the stack's resources start with
 * @returns {Place | undefined} nothing where the semester was never complete, or has ended: the outputs
 *   of one that ended are still there
 */
export function filesPlace(resources, prefix) {
  const has = (/** @type {string} */ thing) =>
    resources.some(({ urn }) => urn.endsWith(`::${prefix}-${thing}`));
  const top = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const known = /** @type {{ path?: unknown } | undefined} */ (top?.outputs?.["storage"]);
  if (typeof known?.path !== "string" || !has("tree")) return undefined;
  return { storage: known.path, storageApart: has("storage-open") };
}

/**
 * Refuses a configuration under which the files would have to move.
 * @param {import("../pulumi/state.mjs").Deployment} deployment
 * @param {string} stack
 * @param {string} prefix
 * @param {import("../../../config/types.js").SemesterConfig} config
 */
export function refuseMovedFiles({ resources = [] }, stack, prefix, { platform, storage }) {
  const apart =
    (platform.kind === "hosts" && platform.storage !== undefined) ||
    (platform.kind === "openstack" && platform.flavors.storage !== undefined);
  const wanted = { storage: storage.path, storageApart: apart };
  const are = filesPlace(resources, prefix);
  if (are === undefined) return;
  if (are.storageApart === wanted.storageApart && are.storage === wanted.storage) return;
  throw new Failure(
    `The files of ${stack} are in ${words(are)}, and the configuration has them in ${words(wanted)}: ` +
      "students would find empty homes there.",
    {
      fix:
        `Put it back as it was. Or end the semester, make it there, and bring the files back: npm run down, ` +
        `npm run up, npm run restore -- --everything, each with --stack ${stack}. ` +
        "Or, if you have moved the files by hand, say so: npm run up -- --files-moved.",
    },
  );
}

/** @param {Place} place */
function words({ storage, storageApart }) {
  return `${storage} of ${storageApart ? "a machine of their own" : "the hub's machine"}`;
}
