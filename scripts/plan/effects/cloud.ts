/** Rules for what a cloud has. */
import type { Change } from "../compare";
import type { Rule } from "./effect";

const changed = ({ differences }: Change, input: RegExp) =>
  differences.some(({ path }) => input.test(path));

export const cloudRules: readonly Rule[] = [
  {
    about: "a VM that is rebuilt",
    effect: (change) => {
      if (change.type !== "openstack:compute:Instance") return undefined;
      if (change.kind === "create") return { level: "nothing", what: "a VM is made" };
      // A node says by itself when it leaves: its servers had their time then.
      if (change.kind === "delete") return { level: "nothing", what: "a VM goes" };
      if (
        change.kind === "replace" ||
        changed(change, /^(imageName|imageId|flavorName|flavorId)$/)
      ) {
        return { level: "stops", what: "a VM is rebuilt or resized" };
      }
      return { level: "nothing", what: "a VM's labels" };
    },
  },
  {
    about: "the address that browsers use",
    effect: ({ type, kind }) =>
      type.startsWith("openstack:networking:FloatingIp") && kind !== "create" && kind !== "update"
        ? {
            level: "offline",
            what: "the public address changes",
            lasts: "until the name leads to the new address",
          }
        : undefined,
  },
  {
    about: "the networks between machines",
    effect: ({ type, kind }) =>
      /^openstack:networking:(Network|Subnet|Router|RouterInterface|Port)$/.test(type) &&
      kind === "replace"
        ? { level: "stops", what: "the network between the machines is replaced" }
        : undefined,
  },
  {
    about: "the volume of the files",
    effect: ({ type, kind }) => {
      if (type === "openstack:blockstorage:Volume" && (kind === "replace" || kind === "delete")) {
        return { level: "refused", what: "the volume with the students' files would go" };
      }
      return type === "openstack:compute:VolumeAttach" && kind !== "create"
        ? { level: "stops", what: "the volume is taken off its VM" }
        : undefined;
    },
  },
  {
    about: "everything else of a cloud",
    effect: ({ type }) =>
      type.startsWith("openstack:")
        ? { level: "nothing", what: "objects of the cloud" }
        : undefined,
  },
];
