import * as pulumi from "@pulumi/pulumi";
import type { ImagesConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import type { CourseImage } from "./images";
import { BuiltImages, TakenImages, type ImageSource } from "./imageSources";
import { areSeveral, type Machine, type Machines } from "../machines/machine";
import type { NfsExport } from "../nfsExport";
import { Registry } from "./registry";
import type { SwarmCluster } from "../swarmCluster";

/** What the hub's machine is prepared with. */
export interface HubHostArgs {
  readonly stack: string;
  readonly machines: Machines;
  /**
   * The folder with one folder an image, relative to the project, so that two clones of the
   * repository agree on what a change is.
   */
  readonly imagesFolder: string;
  /** A registry that has the images. Default: they are built on the hub's machine. */
  readonly images?: ImagesConfig;
  /** Where, if there are several machines, the registry runs, keeps its layers, has its certificate from. */
  readonly cluster: SwarmCluster;
  readonly storage: NfsExport;
  readonly authority: CertificateAuthority;
}

/** What services run, and on which machine. */
const services = {
  hub: "hub",
  chp: "hub",
  homes: "storage",
  grading: "storage",
  backup: "storage",
} as const;

/**
 * The hub's machine with the course's images on it: built there, or taken from a registry that the
 * configuration names. An image's tag is a hash of what goes into it, so a change of one file makes
 * that image anew, and the proxy's when its static files are in the image that changed. What another
 * machine runs goes there through a registry, ahead of its first use.
 */
export class HubHost extends pulumi.ComponentResource {
  readonly machine: Machine;
  /** What each service runs, to be depended on as being on its machine. */
  readonly images: Readonly<Record<keyof typeof services, pulumi.Output<string>>>;
  /** What students' servers are made from, on every machine that runs them. */
  readonly notebookImage: pulumi.Output<string>;
  /** What gives each node that image. */
  readonly notebookOnNodes: ReadonlyMap<Machine, pulumi.Resource>;

  private readonly source: ImageSource;

  constructor(name: string, args: HubHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:HubHost", name, {}, opts);
    const { hub, nodes } = args.machines;
    this.machine = hub;
    this.source = this.declareSource(name, args);
    this.images = Object.fromEntries(
      Object.entries(services).map(([image, role]) => [
        image,
        this.forService(image as keyof typeof services, args.machines[role]),
      ]),
    ) as HubHost["images"];
    const pulled = nodes.map((node) => ({ node, ...this.source.on(node, "notebook") }));
    this.notebookOnNodes = new Map(pulled.map(({ node, resource }) => [node, resource]));
    const [first] = pulled;
    // On nodes by digest, and only when the last of them has it.
    this.notebookImage =
      first === undefined
        ? this.source.onHub("notebook")
        : pulumi
            .all([first.reference, pulumi.all(pulled.map(({ resource }) => resource.urn))])
            .apply(([reference]) => reference);
    this.registerOutputs({ images: this.images });
  }

  /** An image on a machine: its name there, to be depended on as being there. */
  imageOn(machine: Machine, image: CourseImage): pulumi.Output<string> {
    const { source } = this;
    return machine === this.machine ? source.onHub(image) : source.on(machine, image).name;
  }

  /** By digest where it was pulled, so that the Swarm asks nobody for it as it starts a service again. */
  private forService(image: CourseImage, machine: Machine): pulumi.Output<string> {
    const { source } = this;
    return machine === this.machine ? source.onHub(image) : source.on(machine, image).reference;
  }

  private declareSource(name: string, args: HubHostArgs): ImageSource {
    const { stack, machines, images, imagesFolder, cluster, storage, authority } = args;
    const common = { name, stack, folder: imagesFolder, machine: machines.hub, parent: this };
    if (images !== undefined) return new TakenImages(common, images);
    if (!areSeveral(machines)) return new BuiltImages(common);
    const {
      hub: machine,
      ports: { registry: port },
    } = machines;
    return new BuiltImages(
      common,
      (image) =>
        new Registry(
          name,
          { stack, machine, port, cluster, storage, authority, image },
          { parent: this },
        ),
    );
  }
}
