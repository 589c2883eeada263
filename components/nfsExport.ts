import * as pulumi from "@pulumi/pulumi";
import type { Machine, Ran } from "./machine";
import { ids } from "./ids";

/** Where a course's files live. */
export interface NfsExportArgs {
  /** The machine with the data. */
  readonly machine: Machine;
  /** Absolute path of the storage tree; the same on every machine (decision 5). */
  readonly path: pulumi.Input<string>;
}

/**
 * The storage tree of one semester: homes, exchange and shared folders, the hub's database, the
 * table of UIDs. Destroying it removes nothing: the files are the students'.
 */
export class NfsExport extends pulumi.ComponentResource {
  /** Path of the tree, known once it is there. */
  readonly path: pulumi.Output<string>;
  private readonly tree: Ran;

  constructor(name: string, args: NfsExportArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:NfsExport", name, {}, opts);
    this.tree = args.machine.run(
      `${name}-tree`,
      {
        create: "tree.sh",
        environment: {
          STORAGE: args.path,
          COURSE_GROUP: String(ids.courseGroup),
          HUB_USER: String(ids.hub),
        },
      },
      { parent: this },
    );
    this.path = this.tree.stdout.apply((text) => text.trim());
    this.registerOutputs({ path: this.path });
  }

  /** A folder of the tree, e.g. "homes". */
  folder(name: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.path}/${name}`;
  }
}
