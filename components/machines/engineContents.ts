import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { EngineContents } from "./machine";

/**
 * What is in the engine of a Swarm's manager goes with the machine, or with the engine's data, and is made
 * again on what takes its place, by another `generation`: services, secrets, configs, networks, images. None
 * of it is there to be deleted then, and Docker's provider fails to delete what is not there. So it is replaced
 * with one marker and counts as deleted with another: as the first is deleted before it is replaced, all that
 * is replaced with it is gone from the state at once, the second marker among them.
 *
 * At the end of a semester the machine stays, and what is in the engine has to be deleted: the second
 * marker must not go then. Something protected waits for it, which keeps both where they are.
 */
export function engineContents(
  machine: string,
  generation: number,
  parent: pulumi.Resource,
): EngineContents {
  const marker = (name: string, options: pulumi.CustomResourceOptions, keepers?: object) =>
    new random.RandomBytes(
      `${machine}-${name}`,
      { length: 1, ...(keepers && { keepers: { ...keepers } }) },
      { parent, ...options },
    );
  // Of nothing but the configuration: what it came from would be kept at the end as well.
  const born = marker(
    "generation",
    { deleteBeforeReplace: true },
    { generation: String(generation) },
  );
  const contents = marker("contents", { dependsOn: [born], replaceWith: [born] });
  marker("contents-kept", { dependsOn: [contents], protect: true });
  return { replaceWith: [born], deletedWith: contents };
}
