// @ts-check
// What a stack has on an engine, found by its label; images and data are not looked at.
import { Failure } from "../command/fail.mjs";
import { prefixOf } from "../command/paths.mjs";
import { counted } from "../command/text.mjs";
import { isMissing } from "./engine.mjs";

/**
 * @typedef {import("dockerode")} Docker
 * @typedef {(docker: Docker, nameOrId: string) => Promise<unknown>} Removal
 * @typedef {{ kind: string, name: string, remove: () => Promise<unknown> }} StackObject
 */

/** How an object is removed. @type {Record<"service" | "container" | "network" | "secret" | "config", Removal>} */
const removal = {
  service: (docker, id) => docker.getService(id).remove(),
  container: (docker, id) => docker.getContainer(id).remove({ force: true }),
  network: (docker, id) => docker.getNetwork(id).remove(),
  secret: (docker, id) => docker.getSecret(id).remove(),
  config: (docker, id) => docker.getConfig(id).remove(),
};

/** The same by the type of a resource. */
const removals = new Map([
  ["docker:index/service:Service", removal.service],
  ["docker:index/container:Container", removal.container],
  ["docker:index/network:Network", removal.network],
  ["docker:index/secret:Secret", removal.secret],
  ["docker:index/serviceConfig:ServiceConfig", removal.config],
]);

/**
 * Docker objects that an interrupted `up` was making when it stopped: they may exist, and Pulumi
 * does not know it, so that making them again would meet their names. They are new and hold
 * nothing yet, so they are removed; a volume, which could hold data, never is.
 * @param {readonly import("../pulumi/state.mjs").PendingOperation[]} operations
 * @param {string} prefix what the names of the stack's objects start with
 * @returns {{ name: string, remove: Removal, provider: string }[]} `provider`: the engine
 */
export function halfMade(operations, prefix) {
  return operations.flatMap(({ type, resource }) => {
    const remove = removals.get(resource.type);
    const name = resource.inputs?.["name"];
    if (type !== "creating" || remove === undefined) return [];
    if (typeof name !== "string" || !name.startsWith(`${prefix}-`)) return [];
    return [{ name, remove, provider: resource.provider ?? "" }];
  });
}

/**
 * Everything of a stack that is on this engine, in the order in which it can be removed.
 * @param {Docker} docker
 * @param {string} stack
 * @returns {Promise<StackObject[]>}
 */
async function objectsOf(docker, stack) {
  const filters = { label: [`semesterhub.stack=${stack}`] };
  // Services, secrets and configs can't be listed on an engine that left its Swarm: it has none.
  const none = () => [];
  const [services, containers, secrets, configs, networks] = await Promise.all([
    docker.listServices({ filters }).catch(none),
    docker.listContainers({ all: true, filters }),
    docker.listSecrets({ filters }).catch(none),
    docker.listConfigs({ filters }).catch(none),
    docker.listNetworks({ filters }),
  ]);
  /**
   * @param {keyof typeof removal} kind
   * @param {string} id
   * @param {string | undefined} name
   */
  const object = (kind, id, name = "") => ({ kind, name, remove: () => removal[kind](docker, id) });
  return [
    ...services.map(({ ID, Spec }) => object("service", ID, Spec?.Name)),
    ...containers.map(({ Id, Names }) => object("container", Id, Names[0]?.slice(1))),
    ...secrets.map(({ ID, Spec }) => object("secret", ID, Spec?.Name)),
    ...configs.map(({ ID, Spec }) => object("config", ID, Spec?.Name)),
    ...networks.map(({ Id, Name }) => object("network", Id, Name)),
  ];
}

/** Removes objects; gives those that could not be removed. @param {StackObject[]} objects */
async function removeAll(objects) {
  const stuck = [];
  for (const object of objects) {
    try {
      await object.remove();
    } catch (error) {
      if (!isMissing(error)) stuck.push(object);
    }
  }
  return stuck;
}

/**
 * Removes what Docker still has of a stack although its state does not know it: what an interrupted
 * `up` made, servers that the hub started in the last moment.
 * @param {import("./engine.mjs").Engine} engine
 * @param {string} stack
 * @param {import("../command/progress.mjs").Progress} progress
 * @returns {Promise<StackObject[]>} what Docker does not let go of
 */
export async function sweep({ docker }, stack, progress) {
  const found = await objectsOf(docker, stack);
  const stuck =
    found.length === 0
      ? []
      : await progress.step(
          `Removing ${counted(found.length, "thing")} that the state does not know`,
          async () => {
            const left = await removeAll(found);
            // A network can go only when the containers on it are gone.
            return left.length > 0 ? removeAll(await objectsOf(docker, stack)) : [];
          },
        );
  if (stuck.length === 0) {
    progress.mark("ok", `nothing called ${prefixOf(stack)}-… is left on the Docker engine`);
  }
  return stuck;
}

/** @param {StackObject[]} stuck */
export function stillThere(stuck) {
  const names = stuck.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return new Failure(`Docker does not let go of ${names}.`, {
    fix: "Run this again in a minute; docker network inspect shows what uses a network.",
  });
}

/**
 * Whether a Swarm can be left without harm to anybody else.
 * @param {object} facts
 * @param {boolean} facts.made whether the program made it
 * @param {readonly string[]} facts.services names of all its services
 * @param {readonly string[]} facts.stacks the stacks that have networks in it
 * @param {string} stack
 */
export function mayLeaveSwarm({ made, services, stacks }, stack) {
  return made && services.length === 0 && stacks.every((other) => other === stack);
}

/**
 * Leaves a Swarm that the program made, when nothing else uses it. Its networks go with it, also
 * one that the engine does not let go of: after a container's start went wrong in the moment in
 * which a network came or went, the engine counts that container as a user of it for ever.
 * @param {import("./engine.mjs").Engine} engine
 * @param {string} stack
 * @param {import("../command/progress.mjs").Progress} progress
 * @returns {Promise<boolean>} whether it was left
 */
export async function leaveOwnSwarm(engine, stack, progress) {
  const { docker } = engine;
  const { Swarm: swarm } = await engine.info();
  const own = (await engine.nodes()).find(({ ID }) => ID === swarm?.NodeID);
  if (own === undefined) return false;
  const networks = await docker.listNetworks({ filters: { label: ["semesterhub.stack"] } });
  const facts = {
    made: own.Spec?.Labels?.["semesterhub.made"] === "true",
    services: (await docker.listServices()).map(({ Spec }) => Spec?.Name ?? ""),
    stacks: networks.map(({ Labels }) => Labels?.["semesterhub.stack"] ?? ""),
  };
  if (!mayLeaveSwarm(facts, stack)) return false;
  await docker.swarmLeave({ force: true });
  progress.mark("ok", "the Swarm that was made for it is left");
  return true;
}
