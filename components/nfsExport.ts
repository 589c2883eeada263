import * as pulumi from "@pulumi/pulumi";
import { ids } from "./lib/ids";
import {
  onMachine,
  storageApart,
  type Machine,
  type Machines,
  type CommandResult,
} from "./machines/machine";

/** Where a course's files live. */
export interface NfsExportArgs {
  readonly stack: string;
  /** The machine for storage has the data; the nodes mount it. */
  readonly machines: Machines;
  /** Absolute path of the storage tree; the same on every machine. */
  readonly path: pulumi.Input<string>;
  /** Has every machine this path already, from a file system of the campus? */
  readonly shared: boolean;
}

/** What students', graders' and the sandbox's containers use of the tree; databases and keys stay on the machine that has it. */
const studentsFolders = ["homes", "exchange", "shared", "course", "sandbox"];

/** Where the hub's machine has the hub's database when the tree is elsewhere; a folder for each stack. */
const hubDatabases = "/var/lib/semesterhub-hub";

/**
 * The storage tree of one semester: homes, exchange and shared folders, the hub's database, the
 * table of UIDs. Nodes mount what students use over NFS 4.2. Destroying it removes nothing: the
 * files are the students'.
 */
export class NfsExport extends pulumi.ComponentResource {
  /** Path of the tree, known once it is there. */
  readonly path: pulumi.Output<string>;
  /**
   * Whether the tree is on a disk of the hub's machine. Otherwise the hub's database, which must not
   * be on a network's file system, has a folder there, and the tree a copy of it.
   */
  readonly onHub: boolean;
  /** The folder of the hub's database on the hub's machine, known once it is there. */
  readonly hubDatabase: pulumi.Output<string>;
  /** What gives each node the students' folders. */
  readonly onNodes: ReadonlyMap<Machine, pulumi.Resource>;

  private readonly name: string;
  private readonly args: NfsExportArgs;
  private readonly tree: CommandResult;

  constructor(name: string, args: NfsExportArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:NfsExport", name, {}, opts);
    this.name = name;
    this.args = args;
    this.onHub = !args.shared && !storageApart(args.machines);
    this.tree = args.machines.storage.run(
      `${name}-tree`,
      {
        create: "storage/tree.sh",
        environment: {
          STORAGE: args.path,
          COURSE: args.stack,
          COURSE_GROUP: String(ids.courseGroup),
          GRADERS_GROUP: String(ids.gradersGroup),
          GRADING_USER: String(ids.grading),
          SANDBOX_USER: String(ids.sandbox),
          HUB_USER: String(ids.hub),
        },
      },
      { parent: this },
    );
    this.path = this.tree.stdout.apply((text) => text.trim());
    this.hubDatabase = this.onHub ? this.folder("hub") : this.declareHubDatabase();
    this.onNodes = new Map(this.declareNodes());
    this.registerOutputs({ path: this.path });
  }

  /** A folder of the tree, e.g. "homes". */
  folder(name: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.path}/${name}`;
  }

  private declareHubDatabase(): pulumi.Output<string> {
    const owner = String(ids.hub);
    const { stdout } = this.args.machines.hub.run(
      `${this.name}-hub-database`,
      {
        create: "files/folder.sh",
        environment: {
          FOLDER: `${hubDatabases}/${this.args.stack}`,
          OWNER: `${owner}:${owner}`,
          MODE: "0700",
        },
      },
      { parent: this },
    );
    return stdout.apply((text) => text.trim());
  }

  private declareNodes(): [Machine, pulumi.Resource][] {
    const {
      machines: { storage, nodes },
      shared,
    } = this.args;
    if (nodes.length === 0) return [];
    if (shared) return nodes.map((node) => [node, this.declareCheck(node)]);
    const server = storage.run(
      `${this.name}-nfs`,
      { create: "storage/nfs-server.sh" },
      { parent: this },
    );
    return nodes.map((node) => [node, this.declareMount(node, server.resource)]);
  }

  /** A folder that should be there already is looked for, so that its absence is said now. */
  private declareCheck(node: Machine): pulumi.Resource {
    return node.run(
      onMachine(this.name, "storage", node),
      { create: "storage/storage-check.sh", environment: this.students({ NODE_NAME: node.name }) },
      { parent: this, dependsOn: [this.tree.resource] },
    ).resource;
  }

  /** An export for each node of its own, so that one more changes nothing for the others. */
  private declareMount(node: Machine, server: pulumi.Resource): pulumi.Resource {
    const {
      stack,
      machines: { storage },
    } = this.args;
    const exported = storage.run(
      onMachine(this.name, "export", node),
      {
        create: "storage/nfs-export.sh",
        delete: "storage/nfs-export-delete.sh",
        environment: this.students({
          EXPORT: `semesterhub-${stack}-${node.name}`,
          CLIENT: node.privateAddress,
        }),
      },
      { parent: this, dependsOn: [server, this.tree.resource] },
    );
    return node.run(
      onMachine(this.name, "storage", node),
      {
        create: "storage/nfs-mount.sh",
        delete: "storage/nfs-mount-delete.sh",
        environment: this.students({ SERVER: storage.privateAddress, NODE_NAME: node.name }),
      },
      { parent: this, dependsOn: [exported.resource] },
    ).resource;
  }

  private students(
    more: Record<string, pulumi.Input<string>>,
  ): Record<string, pulumi.Input<string>> {
    return { STORAGE: this.args.path, FOLDERS: studentsFolders.join(" "), ...more };
  }
}
