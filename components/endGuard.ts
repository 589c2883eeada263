import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi";
import type { BackupJob } from "./backupJob";
import type { Machine } from "./machine";

/** What stands between a destroy and the course. */
export interface EndGuardArgs {
  /** Where the backups are made. */
  readonly machine: Machine;
  readonly backups: BackupJob;
  /** Everything of the course that people would miss. */
  readonly course: readonly pulumi.Resource[];
}

/**
 * Made last, so that a destroy comes here first: it takes a backup while the course still runs, and
 * stops with nothing touched where that fails (decision 8). The last backup, of what is written until
 * the students' servers have stopped, is BackupJob's.
 */
export class EndGuard extends ComponentResource {
  constructor(name: string, args: EndGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:EndGuard", name, {}, opts);
    const { machine, backups, course } = args;
    machine.run(
      `${name}-end-guard`,
      {
        create: "nothing.sh",
        delete: "last-backup.sh",
        evenIfMachineGoes: true,
        environment: { SERVICE: backups.service.name, KIND: "now" },
      },
      { parent: this, dependsOn: [backups, ...course] },
    );
    this.registerOutputs();
  }
}
