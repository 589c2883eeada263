import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { BackupAccess } from "../../config/types";
import { targetCredentials } from "./targetCredentials";
import { inEngine, type Machine, type ObjectStore } from "../machines/machine";
import { courseService, swarmSecret, type BindMount, type MountedData } from "../lib/service";
import type { SwarmCluster } from "../swarmCluster";

/** What is backed up, when, and where to. */
export interface BackupJobArgs {
  readonly stack: string;
  /** Has the files. */
  readonly machine: Machine;
  readonly cluster: SwarmCluster;
  readonly image: pulumi.Input<string>;
  /** The storage tree on the machine. */
  readonly storage: pulumi.Output<string>;
  /** A URL: file, swift, s3 or sftp. */
  readonly target: string;
  /** The folder of a file:// target, on the machine. */
  readonly folder?: string;
  /** What opens an s3:// or sftp:// target. */
  readonly access?: BackupAccess;
  /** Makes the container of a swift:// target, and the credential for it. */
  readonly createStore?: (owner: pulumi.ComponentResource) => ObjectStore;
  /** Whether homes are in it. */
  readonly homes: boolean;
  /** Minutes between backups. */
  readonly everyMinutes: number;
  /** Days for which every backup is kept. */
  readonly keepDays: number;
  /** Weeks for which one backup a week is kept. */
  readonly keepWeeks: number;
}

/**
 * Encrypted, incremental backups of homes, exchange, shared folder, UID table and the hub's
 * database by a container of its own. From them it gives students earlier versions of their own files.
 * Destroying it takes a last backup first, and stops there if that fails, with everything still in place.
 */
export class BackupJob extends pulumi.ComponentResource {
  readonly service: docker.Service;
  /** The passphrase that the backups are encrypted with. Whoever loses it loses them: note it down. */
  readonly passphrase: pulumi.Output<string>;

  constructor(name: string, args: BackupJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const { target, folder, everyMinutes, keepDays, keepWeeks } = args;
    const inputs = { target, folder, everyMinutes, keepDays, keepWeeks };
    super("semesterhub:index:BackupJob", name, inputs, opts);
    const { machine, storage, stack } = args;
    const { cluster } = args;
    const onSwarm = {
      parent: this,
      ...inEngine(cluster.manager),
      dependsOn: [cluster.swarm],
    };
    const passphrase = new random.RandomPassword(
      "backup-passphrase",
      { length: 40, special: false },
      // Without it the backups are lost: it outlives the semester.
      { parent: this, protect: true },
    );
    this.passphrase = passphrase.result;

    const mounts: BindMount[] = [{ source: storage, target: "/srv/semesterhub" }];
    const dependsOn: pulumi.Resource[] = [cluster.swarm, cluster.storageReady];
    if (args.folder !== undefined) {
      const made = machine.run(
        "backup-folder",
        { create: "backup/backup-folder.sh", environment: { FOLDER: args.folder } },
        { parent: this },
      );
      dependsOn.push(made.resource);
      mounts.push({ source: args.folder, target: "/backups" });
    }
    const secrets: MountedData[] = [
      {
        source: swarmSecret(stack, "backup-passphrase", passphrase.result, onSwarm),
        file: "backup-passphrase",
      },
    ];
    const store = args.createStore?.(this);
    const options = targetCredentials(args.access, store);
    if (options !== undefined) {
      const source = swarmSecret(
        stack,
        "backup-access",
        pulumi.output(options).apply((known) => JSON.stringify(known)),
        onSwarm,
      );
      secrets.push({ source, file: "backup-access" });
    }
    this.service = courseService(
      "backup",
      {
        stack,
        image: args.image,
        cluster,
        on: cluster.onStorage,
        env: {
          BACKUP_TARGET: this.targetInside(args, store),
          BACKUP_PLACE: args.target,
          ...(args.homes ? {} : { WITHOUT_HOMES: "yes" }),
          // Its folder in the exchange has the requests for earlier versions.
          COURSE: stack,
          EVERY_MINUTES: String(args.everyMinutes),
          KEEP_DAYS: String(args.keepDays),
          KEEP_WEEKS: String(args.keepWeeks),
        },
        mounts,
        secrets,
        capabilities: [
          // What reads a home becomes its owner and sees nothing else.
          ...["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SYS_CHROOT"],
          // A restore makes everybody's files.
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_CHOWN",
          "CAP_FOWNER",
          "CAP_FSETID",
        ],
        health: ["semesterhub-backup-health"],
        memoryBytes: 1024 ** 3,
      },
      { ...onSwarm, dependsOn },
    );
    // A resource and no part of the container's start or health: its words are in Pulumi's output at
    // once, where a service that does not converge is waited for for minutes; Swarm restarts nothing
    // over and over; and it is asked again only when something in its environment changes.
    const checked = machine.run(
      "backup-check",
      {
        create: "backup/backup-check.sh",
        environment: {
          SERVICE: this.service.name,
          TARGET: args.target,
          // Made anew with the passphrase, and with what opens the target.
          SECRETS: pulumi.output(secrets.map(({ source }) => source.id)).apply((ids) => ids.join()),
        },
      },
      { parent: this, dependsOn: [this.service] },
    );
    machine.run(
      "final-backup",
      {
        create: "nothing.sh",
        delete: "backup/last-backup.sh",
        evenIfMachineGoes: true,
        environment: { SERVICE: this.service.name, KIND: "final" },
      },
      // What was refused has no backup to wait for: such a semester can be taken down.
      { parent: this, dependsOn: [checked.resource] },
    );
    this.registerOutputs({ service: this.service.name });
  }

  /** The target as the container sees it. */
  private targetInside(
    { folder, target }: BackupJobArgs,
    store: ObjectStore | undefined,
  ): pulumi.Input<string> {
    if (folder !== undefined) return "file:///backups";
    return store ? pulumi.interpolate`swift://${store.container}` : target;
  }
}
