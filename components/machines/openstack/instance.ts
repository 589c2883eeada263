/** One VM of a semester. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { OpenStackConfig } from "../../../config/types";
import type { Place } from "./network";
import { userData } from "./userData";

/** What a VM is made from. */
export interface InstanceArgs {
  /** What the cloud calls it. */
  readonly name: string;
  /** What it is called in messages and in the Swarm: "hub", "node-1". */
  readonly machine: string;
  readonly flavor: string;
  /** Whether it has the data volume. */
  readonly keepsFiles: boolean;
  readonly place: Place;
  readonly keyPair: pulumi.Input<string>;
  readonly serverGroup?: pulumi.Input<string>;
  /** How many VMs have had its place, itself included. */
  readonly generation: number;
  /** The ID of the image; needed where system disks are volumes. */
  readonly imageId?: pulumi.Input<string>;
  readonly openstack: OpenStackConfig;
}

/**
 * A VM. Nothing but its generation, availability zone or network replaces it: what it was made from
 * (image, user data, key) counts at its first boot, and its disk has Docker's data, the Swarm's
 * state, and on the hub the secrets. To take a new image, a machine's generation is raised, one
 * machine after the other.
 */
export function declareInstance(
  resourceName: string,
  args: InstanceArgs,
  options: pulumi.CustomResourceOptions,
): openstack.compute.Instance {
  const { name, machine, flavor, keepsFiles, place, keyPair, serverGroup, imageId } = args;
  const { availabilityZone, bootVolumeGb, image, network } = args.openstack;
  return new openstack.compute.Instance(
    resourceName,
    {
      name,
      flavorName: flavor,
      keyPair,
      networks: place.ports.map((port) => ({ port: port.id })),
      userData: userData(machine),
      metadata: { semesterhub: name },
      // Without an address from DHCP on both of a provider's networks, the disk says how they are.
      ...(network.kind === "fixed" && { configDrive: true }),
      ...(availabilityZone !== undefined && { availabilityZone }),
      ...(serverGroup !== undefined && { schedulerHints: [{ group: serverGroup }] }),
      // Shut down in order, so that what is in memory reaches the volume before it is taken off.
      ...(keepsFiles && { stopBeforeDestroy: true }),
      // The image is in one of the two places only: in both, the VM would be replaced each time.
      ...(bootVolumeGb === undefined || imageId === undefined
        ? { imageName: image }
        : {
            blockDevices: [
              {
                uuid: imageId,
                sourceType: "image",
                destinationType: "volume",
                volumeSize: bootVolumeGb,
                bootIndex: 0,
                deleteOnTermination: true,
              },
            ],
          }),
    },
    pulumi.mergeOptions(options, {
      dependsOn: [...place.boot],
      ignoreChanges: [
        "imageId",
        "imageName",
        "userData",
        "keyPair",
        "blockDevices",
        "schedulerHints",
      ],
      // A port is in one VM at a time.
      deleteBeforeReplace: true,
      replacementTrigger: args.generation,
    }),
  );
}
