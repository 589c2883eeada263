/** The volume that keeps a semester's files. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { OpenStackConfig } from "../../../config/types";
import type { Machine } from "../machine";

/** What the volume is made from. */
export interface DataVolumeArgs {
  /** What the names of things in the cloud start with. */
  readonly name: string;
  readonly openstack: OpenStackConfig;
  /** The VM that has it. */
  readonly instance: openstack.compute.Instance;
}

/**
 * What counts when a volume is made, and would have Pulumi replace it by an empty one later. One that is
 * taken (below) may have been made from anything: a copy, a snapshot, a backup.
 */
const whenMade = [
  ...["availabilityZone", "volumeType", "snapshotId", "sourceVolId", "backupId", "imageId"],
  ...["sourceReplica", "consistencyGroupId"],
] as const;

/**
 * The data volume: it has a life of its own, grows while it is in use, and outlives the semester
 * unless the configuration says otherwise.
 */
export class DataVolume extends pulumi.ComponentResource {
  private readonly volume: openstack.blockstorage.Volume;
  private readonly attachment: openstack.compute.VolumeAttach;
  private readonly args: DataVolumeArgs;

  constructor(
    name: string,
    args: DataVolumeArgs,
    opts: pulumi.ComponentResourceOptions & { readonly provider: openstack.Provider },
  ) {
    super("semesterhub:index:DataVolume", name, {}, opts);
    this.args = args;
    const { dataVolumeGb, dataVolumeType, dataVolumeAtEnd, availabilityZone } = args.openstack;
    const common = { parent: this, provider: opts.provider };
    // `npm run up -- --take-volume` (scripts/lib/cloud/keptVolume.mjs): for one run, not of the configuration.
    const taken = process.env["SEMESTERHUB_TAKE_VOLUME"];
    this.volume = new openstack.blockstorage.Volume(
      "data-volume",
      {
        name: `${args.name}-volume`,
        description: "Students' files",
        size: dataVolumeGb,
        enableOnlineResize: true,
        ...(dataVolumeType !== undefined && { volumeType: dataVolumeType }),
        ...(availabilityZone !== undefined && { availabilityZone }),
      },
      {
        ...common,
        protect: dataVolumeAtEnd === "keep",
        ignoreChanges: [...whenMade],
        ...(taken !== undefined && { import: taken }),
      },
    );
    this.attachment = new openstack.compute.VolumeAttach(
      "data-attached",
      { instanceId: args.instance.id, volumeId: this.volume.id },
      {
        ...common,
        // One machine has it at a time; and a VM that goes is shut down first, which unmounts it.
        deleteBeforeReplace: true,
        deletedWith: args.instance,
      },
    );
    this.registerOutputs();
  }

  /**
   * Mounts it on that VM, with a file system if it has none, grown if it grew. Answers the
   * path, which is known when the files are there.
   */
  mount(machine: Machine, path: string): pulumi.Output<string> {
    const { instance, openstack: config } = this.args;
    const mounted = machine.run(
      "data-mount",
      {
        create: "storage/volume.sh",
        delete: "storage/volume-delete.sh",
        environment: {
          VOLUME: this.volume.id,
          DEVICE: this.attachment.device,
          GIGABYTES: String(config.dataVolumeGb),
          MOUNT: path,
          // A machine that was made again mounts it again.
          INSTANCE: instance.id,
        },
      },
      { parent: this, dependsOn: [this.attachment], deletedWith: instance },
    );
    return mounted.stdout.apply((text) => text.trim());
  }
}
