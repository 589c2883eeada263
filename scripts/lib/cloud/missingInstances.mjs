// @ts-check
// VMs that the state knows and the cloud has not, since somebody deleted them or they were lost, or could not
// start. Pulumi takes what is in its state for there, and would look for the engine of such a machine in vain.
import { splitUrn, urnsOf } from "../pulumi/state.mjs";

const instance = "openstack:compute/instance:Instance";
const remoteCommand = "command:remote:Command";
/** What a VM takes with it in the cloud. */
const attachment = "openstack:compute/volumeAttach:VolumeAttach";

/** @typedef {import("../pulumi/state.mjs").StateResource} StateResource */

/**
 * A VM that is gone.
 * @typedef {object} MissingInstance
 * @property {string} machine proxy, hub, node-1
 * @property {string[]} lost URNs of what went with it in the cloud
 */

/**
 * @param {readonly StateResource[]} resources of the state
 * @param {readonly string[]} present machines that the cloud has VMs of
 * @returns {MissingInstance[]}
 */
export function missingInstances(resources, present) {
  return resources.flatMap(({ urn, type, id, delete: leaving }) => {
    const [, name] = splitUrn(urn);
    const machine = name.replace(/-vm$/, "");
    if (type !== instance || leaving === true || present.includes(machine)) return [];
    const attached = resources.filter(
      (other) => other.type === attachment && other.inputs?.["instanceId"] === id,
    );
    return [{ machine, lost: [urn, ...attached.map((other) => other.urn)] }];
  });
}

/**
 * VMs that the cloud took and could not start. Pulumi has them in its state with what went wrong, and takes
 * them for well after an update; nothing of the course was ever on them.
 * @param {readonly StateResource[]} resources of the state
 * @returns {string[]} URNs
 */
export function neverStarted(resources) {
  return resources.flatMap(({ urn, type, initErrors = [], delete: leaving }) =>
    type === instance && leaving !== true && initErrors.length > 0 ? [urn] : [],
  );
}

/**
 * The options of a refresh that looks in the cloud for what is gone, so that the state forgets it.
 * @param {readonly MissingInstance[]} gone
 */
export function forgetArgs(gone) {
  return { target: lostBy(gone) };
}

/**
 * The options of an `up` that makes such machines again and prepares them, and nothing else: what the course
 * has on them can't be looked for before their engines run.
 * @param {readonly MissingInstance[]} gone
 * @param {readonly StateResource[]} resources of the state from before they were forgotten
 * @returns {{ target: string[] } | undefined} undefined where none of them had an engine yet: what is not in
 *   the state can't be made so, and nothing of the course's is looked for there
 */
export function remakeArgs(gone, resources) {
  const known = gone.filter(({ machine }) => hadEngine(resources, machine));
  if (known.length === 0) return undefined;
  const parts = known.flatMap(({ machine }) => groundOf(resources, machine));
  return { target: [...lostBy(known), ...parts] };
}

/** @param {string} machine */
const nameOf = (machine) =>
  ["proxy", "hub", "storage"].includes(machine) ? machine : `nodes-${machine}`;

/** @param {readonly StateResource[]} resources @param {string} machine */
const hadEngine = (resources, machine) =>
  resources.some(
    ({ urn, type }) => type === remoteCommand && splitUrn(urn)[1] === `${nameOf(machine)}-engine`,
  );

/**
 * What is made first on a machine that is new: its own steps, and on the hub's the Swarm. An engine that is
 * in none answers no question about services, and with such questions the rest begins.
 * @param {readonly StateResource[]} resources
 * @param {string} machine
 * @returns {string[]} URNs
 */
function groundOf(resources, machine) {
  const name = nameOf(machine);
  const own = resources.find(
    ({ urn, type }) => type === "semesterhub:index:SshMachine" && splitUrn(urn)[1] === name,
  );
  if (own === undefined) return [];
  const steps = resources.filter(({ parent }) => parent === own.urn).map(({ urn }) => urn);
  return [own.urn, ...steps, ...(machine === "hub" ? urnsOf(resources, "swarm") : [])];
}

/** @param {readonly MissingInstance[]} gone */
const lostBy = (gone) => gone.flatMap(({ lost }) => lost);
