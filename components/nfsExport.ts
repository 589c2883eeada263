import * as pulumi from "@pulumi/pulumi";
import { ids } from "./ids";
import { onMachine, type Machine, type Machines, type Ran } from "./machine";

/** Where a course's files live. */
export interface NfsExportArgs {
  readonly stack: string;
  /** The hub's machine has the data; the nodes mount it. */
  readonly machines: Machines;
  /** Absolute path of the storage tree; the same on every machine (decision 5). */
  readonly path: pulumi.Input<string>;
  /** Has every machine this path already, from a file system of the campus? */
  readonly shared: boolean;
}

/** What students' servers use of the tree; databases and keys stay on the hub's machine. */
const studentsFolders = ["homes", "exchange", "shared"];

/**
 * The storage tree of one semester: homes, exchange and shared folders, the hub's database, the
 * table of UIDs. Nodes mount what students use over NFS 4.2. Destroying it removes nothing: the
 * files are the students'.
 */
export class NfsExport extends pulumi.ComponentResource {
  /** Path of the tree, known once it is there. */
  readonly path: pulumi.Output<string>;
  /** What gives each node the students' folders. */
  readonly onNodes: ReadonlyMap<Machine, pulumi.Resource>;

  private readonly name: string;
  private readonly args: NfsExportArgs;
  private readonly tree: Ran;

  constructor(name: string, args: NfsExportArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:NfsExport", name, {}, opts);
    this.name = name;
    this.args = args;
    this.tree = args.machines.hub.run(
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
    this.onNodes = new Map(this.declareNodes());
    this.registerOutputs({ path: this.path });
  }

  /** A folder of the tree, e.g. "homes". */
  folder(name: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.path}/${name}`;
  }

  private declareNodes(): [Machine, pulumi.Resource][] {
    const {
      machines: { hub, nodes },
      shared,
    } = this.args;
    if (nodes.length === 0) return [];
    if (shared) return nodes.map((node) => [node, this.declareCheck(node)]);
    const server = hub.run(`${this.name}-nfs`, { create: "nfs-server.sh" }, { parent: this });
    return nodes.map((node) => [node, this.declareMount(node, server.resource)]);
  }

  /** A folder that should be there already is looked for, so that its absence is said now. */
  private declareCheck(node: Machine): pulumi.Resource {
    return node.run(
      onMachine(this.name, "storage", node),
      { create: "storage-check.sh", environment: this.students({ NODE_NAME: node.name }) },
      { parent: this, dependsOn: [this.tree.resource] },
    ).resource;
  }

  /** An export for each node of its own, so that one more changes nothing for the others. */
  private declareMount(node: Machine, server: pulumi.Resource): pulumi.Resource {
    const { hub } = this.args.machines;
    const { stack } = this.args;
    const exported = hub.run(
      onMachine(this.name, "export", node),
      {
        create: "nfs-export.sh",
        delete: "nfs-export-delete.sh",
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
        create: "nfs-mount.sh",
        delete: "nfs-mount-delete.sh",
        environment: this.students({ SERVER: hub.privateAddress, NODE_NAME: node.name }),
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
