import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi";
import { shellScript } from "../lib/shell";
import type { BackupJob } from "./backupJob";
import type { Machine } from "../machines/machine";

/** What stands between a destroy and the course. */
export interface PreDestroyBackupArgs {
  /** Where the backups are made. */
  readonly machine: Machine;
  readonly backups: BackupJob;
  /** Everything of the course: nothing of it is removed before the backup. */
  readonly course: readonly pulumi.Resource[];
}

/**
 * Made last, so that a destroy comes here first: it takes a backup while the course still runs, and
 * stops with nothing touched where that fails. The last backup, of what is written until
 * the students' servers have stopped, is BackupJob's. Ahead of it a form of destroy is refused that
 * could not end well, where Pulumi runs.
 */
export class PreDestroyBackup extends ComponentResource {
  constructor(name: string, args: PreDestroyBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:PreDestroyBackup", name, {}, opts);
    const { machine, backups, course } = args;
    const backup = machine.run(
      "pre-destroy-backup",
      {
        create: "nothing.sh",
        delete: "backup/last-backup.sh",
        evenIfMachineGoes: true,
        environment: { SERVICE: backups.service.name, KIND: "now" },
      },
      { parent: this, dependsOn: [backups, ...course] },
    );
    new command.local.Command(
      "destroy-form",
      {
        create: shellScript("nothing.sh"),
        delete: shellScript("backup/destroy-form.sh"),
        logging: command.local.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: [backup.resource] },
    );
    this.registerOutputs();
  }
}
