import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ids } from "./lib/ids";
import { onMachine, type Machine, type Platform, type CommandResult } from "./machines/machine";

/** Where a course's files live. */
export interface NfsExportArgs {
  readonly stack: string;
  /** Where a machine of its own for the files comes from, and the volume. */
  readonly platform: Platform;
  /** The hub's machine, which has the files unless there is a machine of its own for them. */
  readonly hub: Machine;
  /** Absolute path of the storage tree; the same on every machine. */
  readonly path: string;
  /** Has every machine this path already, from a file system of the campus? */
  readonly shared: boolean;
}

/** What students', graders' and the sandbox's containers use of the tree; databases and keys stay on the machine that has it. */
const studentsFolders = ["homes", "groups", "exchange", "shared", "course", "sandbox"];

/** Where the hub's machine has the hub's database when the tree is elsewhere; a folder for each stack. */
const hubDatabases = "/var/lib/semesterhub-hub";
/** Likewise the statistics', when the tree is a file system of the campus. */
const statisticsDatabases = "/var/lib/semesterhub-statistics";

/**
 * The storage tree of one semester: homes, groups', exchange and shared folders, the hub's database, the
 * table of UIDs. Nodes mount what students use over NFS 4.2. Destroying it removes nothing: the
 * files are the students'.
 */
export class NfsExport extends pulumi.ComponentResource {
  /** The machine that has the files. */
  readonly machine: Machine;
  /** Whether that is a machine of its own. */
  readonly apart: boolean;
  /** Path of the tree, known once it is there. */
  readonly path: pulumi.Output<string>;
  /**
   * Whether the tree is on a disk of the hub's machine. Otherwise the hub's database, which must not
   * be on a network's file system, has a folder there, and the tree a copy of it.
   */
  readonly onHub: boolean;
  /** The folder of the hub's database on the hub's machine, known once it is there. */
  readonly hubDatabase: pulumi.Output<string>;
  /**
   * The folder of the statistics' database on the machine that has the files; where those are on a
   * network's file system it is beside the tree, which gets copies.
   */
  readonly statistics: {
    readonly data: pulumi.Output<string>;
    readonly copies?: pulumi.Output<string>;
  };

  private readonly args: NfsExportArgs;
  private readonly tree: CommandResult;
  /** The storage path, known once the data volume is mounted. */
  private readonly folderPath: pulumi.Output<string>;

  constructor(name: string, args: NfsExportArgs, opts?: pulumi.ComponentResourceOptions) {
    const { platform, hub, path, shared } = args;
    super("semesterhub:index:NfsExport", name, { path, shared }, opts);
    this.args = args;
    this.machine = platform.storage?.(this) ?? hub;
    this.apart = this.machine !== hub;
    this.onHub = !shared && !this.apart;
    this.declarePlace(path);
    this.folderPath = platform.mountData?.(this.machine, this) ?? pulumi.output(path);
    this.tree = this.machine.run(
      "tree",
      {
        create: "storage/tree.sh",
        environment: {
          STORAGE: this.folderPath,
          COURSE: args.stack,
          COURSE_GROUP: String(ids.courseGroup),
          GRADERS_GROUP: String(ids.gradersGroup),
          GRADING_USER: String(ids.grading),
          SANDBOX_USER: String(ids.sandbox),
          HUB_USER: String(ids.hub),
          DATABASE_USER: String(ids.database),
          ALERTS_USER: String(ids.alerts),
          STATISTICS_USER: String(ids.statistics),
        },
      },
      { parent: this },
    );
    this.path = this.tree.stdout.apply((text) => text.trim());
    this.hubDatabase = this.onHub
      ? this.folder("hub")
      : this.declareLocal("hub-database", hub, `${hubDatabases}/${args.stack}`, ids.hub);
    const statistics = this.folder("statistics");
    this.statistics = shared
      ? {
          data: this.declareLocal(
            "statistics-database",
            this.machine,
            `${statisticsDatabases}/${args.stack}`,
            ids.statistics,
          ),
          copies: statistics,
        }
      : { data: statistics };
    this.registerOutputs({ path: this.path });
  }

  /**
   * Where the files are. A configuration that has them elsewhere would open empty homes, so this is
   * replaced when the place changes, and protected, which refuses that in every preview.
   */
  private declarePlace(path: string): void {
    new random.RandomBytes(
      "files-must-not-move",
      { length: 1, keepers: { path, machine: this.apart ? "storage" : "hub" } },
      { parent: this, protect: true },
    );
  }

  /** A folder of the tree, e.g. "homes". */
  folder(name: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.path}/${name}`;
  }

  /** A folder on a machine's own disk, for a database. */
  private declareLocal(
    name: string,
    machine: Machine,
    folder: string,
    user: number,
  ): pulumi.Output<string> {
    const owner = String(user);
    const { stdout } = machine.run(
      name,
      {
        create: "files/folder.sh",
        environment: { FOLDER: folder, OWNER: `${owner}:${owner}`, MODE: "0700" },
      },
      { parent: this },
    );
    return stdout.apply((text) => text.trim());
  }

  /** Gives machines the folders that students' servers use. Answers what each has to wait for. */
  exportTo(nodes: readonly Machine[]): ReadonlyMap<Machine, pulumi.Resource> {
    if (nodes.length === 0) return new Map();
    if (this.args.shared) return new Map(nodes.map((node) => [node, this.declareCheck(node)]));
    const server = this.machine.run("nfs", { create: "storage/nfs-server.sh" }, { parent: this });
    return new Map(nodes.map((node) => [node, this.declareMount(node, server.resource)]));
  }

  /** A folder that should be there already is looked for, so that its absence is said now. */
  private declareCheck(node: Machine): pulumi.Resource {
    return node.run(
      onMachine("storage", node),
      { create: "storage/storage-check.sh", environment: this.students({ NODE_NAME: node.name }) },
      { parent: this, dependsOn: [this.tree.resource] },
    ).resource;
  }

  /** An export for each node of its own, so that one more changes nothing for the others. */
  private declareMount(node: Machine, server: pulumi.Resource): pulumi.Resource {
    const { stack } = this.args;
    const exported = this.machine.run(
      onMachine("export", node),
      {
        create: "storage/nfs-export.sh",
        delete: "storage/nfs-export-delete.sh",
        environment: this.students({
          EXPORT: `semesterhub-${stack}-${node.name}`,
          CLIENT: node.privateAddress,
        }),
        identity: ["EXPORT"],
      },
      { parent: this, dependsOn: [server, this.tree.resource] },
    );
    return node.run(
      onMachine("storage", node),
      {
        create: "storage/nfs-mount.sh",
        delete: "storage/nfs-mount-delete.sh",
        environment: this.students({ SERVER: this.machine.privateAddress, NODE_NAME: node.name }),
      },
      { parent: this, dependsOn: [exported.resource] },
    ).resource;
  }

  private students(
    more: Record<string, pulumi.Input<string>>,
  ): Record<string, pulumi.Input<string>> {
    return { STORAGE: this.folderPath, FOLDERS: studentsFolders.join(" "), ...more };
  }
}
