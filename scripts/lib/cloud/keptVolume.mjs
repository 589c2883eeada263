// @ts-check
// The data volume that an ended semester left in the cloud. The state that made it knows it, and the next
// `up` has it again. To any other state it is nothing: Pulumi would make an empty volume of the same name
// beside it, and people would find their homes empty.
import { Failure } from "../command/fail.mjs";

const volumeType = "openstack:blockstorage/volume:Volume";

/**
 * @typedef {object} KeptVolume
 * @property {string} id
 * @property {number} gigabytes
 */

/** @param {import("../pulumi/state.mjs").Deployment} deployment */
const hasVolume = ({ resources = [] }) => resources.some(({ type }) => type === volumeType);

/**
 * Ends the command where the cloud has a data volume of the stack's and the state has none.
 * @param {import("../pulumi/state.mjs").Deployment} deployment
 * @param {KeptVolume | undefined} volume the cloud's
 * @param {string} stack
 * @param {string} [taken] the volume that the configuration takes
 */
export function refuseStray(deployment, volume, stack, taken) {
  if (volume === undefined || taken !== undefined || hasVolume(deployment)) return;
  const { id, gigabytes } = volume;
  throw new Failure(
    `The cloud has a data volume of ${stack}, of ${String(gigabytes)} GB, that the state here does not know. A new, empty one would be made beside it.`,
    {
      fix: [
        "Use the state that made it: docs/operating.md says which files that is, and they have what its backups are encrypted with.",
        `  If it is lost, this takes the volume with its files (backups need another backup.target then): npm run pulumi -- config set --stack ${stack} --path semesterhub:openstack.dataVolumeId ${id}`,
        `  If nobody needs what is on it: openstack volume delete ${id}`,
      ].join("\n"),
    },
  );
}
