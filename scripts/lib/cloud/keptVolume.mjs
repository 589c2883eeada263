// @ts-check
// The data volume that an ended semester left in the cloud. The state that made it knows it, and the next
// `up` has it again. To any other state it is nothing: Pulumi would make an empty volume of the same name
// beside it, and people would find their homes empty.
import { exitCodes, Failure } from "../command/fail.mjs";

const volumeType = "openstack:blockstorage/volume:Volume";

/**
 * @typedef {object} KeptVolume
 * @property {string} id
 * @property {number} gigabytes
 */

/** Of `up` and `preview`. */
export const takeVolumeOption = {
  "take-volume": {
    value: "ID",
    about:
      "openstack: the data volume is this one, which the cloud has and the state does not know",
  },
};

/** @param {import("../pulumi/state.mjs").Deployment} deployment */
const hasVolume = ({ resources = [] }) => resources.some(({ type }) => type === volumeType);

/**
 * Ends the command where the cloud has a data volume of the stack's and the state has none.
 * @param {import("../pulumi/state.mjs").Deployment} deployment
 * @param {KeptVolume | undefined} volume the cloud's
 * @param {string} stack
 */
export function refuseStray(deployment, volume, stack) {
  if (volume === undefined || hasVolume(deployment)) return;
  const { id, gigabytes } = volume;
  throw new Failure(
    `The cloud has a data volume of ${stack}, of ${String(gigabytes)} GB, that the state here does not know. A new, empty one would be made beside it.`,
    {
      fix: [
        "Use the state that made it: docs/operating.md says which files that is, and they have what its backups are encrypted with.",
        `  If it is lost, this takes the volume with its files (backups need another backup.target then): npm run up -- --stack ${stack} --take-volume ${id}`,
        `  If nobody needs what is on it: openstack volume delete ${id}`,
      ].join("\n"),
    },
  );
}

/**
 * Has the program take a volume for the data volume, instead of making one.
 * @param {import("../pulumi/stack.mjs").Stack} stack
 * @param {import("../pulumi/state.mjs").Deployment} deployment
 * @param {string} platform
 * @param {string} id
 */
export function takeVolume(stack, deployment, platform, id) {
  if (platform !== "openstack") {
    throw new Failure("--take-volume is for the platform openstack.", { code: exitCodes.usage });
  }
  if (hasVolume(deployment)) {
    throw new Failure(`${stack.name} has a data volume already.`, {
      fix: "Without --take-volume, npm run up goes on with that one.",
      code: exitCodes.usage,
    });
  }
  // Read by components/machines/openstack/volume.ts.
  stack.workspace.envVars["SEMESTERHUB_TAKE_VOLUME"] = id;
}
