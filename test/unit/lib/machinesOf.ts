/** All machines of a platform, for tests of machines alone. */
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../../../components/machines/machine";

/** Asks for every machine, the volume and the store, as the components of a course do. */
export function machinesOf(platform: Platform) {
  const owner = new pulumi.ComponentResource("test:index:Owner", "owner");
  const proxy = platform.proxy(owner);
  const hub = platform.hub(owner);
  const storage = platform.storage?.(owner) ?? hub;
  const nodes = [...platform.nodes.values()].map((create) => create(owner));
  const storagePath = platform.mountData?.(storage, owner);
  const objectStore = platform.objectStore?.(owner);
  return { proxy, hub, storage, nodes, storagePath, objectStore };
}

/** What the resources of a machine start with. */
export const owned = (machine: string) =>
  /^(proxy|hub|storage|bastion)$/.test(machine) ? machine : `nodes-${machine}`;
