import * as pulumi from "@pulumi/pulumi";
import type { ImagesConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import type { ServiceCluster } from "../lib/service";
import type { Machine, Platform } from "../machines/machine";
import type { Environments } from "./environments";
import { BuiltImages, TakenImages, type ImageSource, type NeededImage } from "./imageSources";
import { Registry } from "./registry";

/** What the hub's machine is made from. */
export interface HubHostArgs {
  /** Where the machine comes from. */
  readonly platform: Platform;
}

/** Where the course's images come from. */
export interface CourseImagesArgs {
  readonly stack: string;
  /**
   * The folder with one folder an image, relative to the project, so that two clones of the
   * repository agree on what a change is.
   */
  readonly folder: string;
  /**
   * A registry that has the images.
   * @default they are built on the hub's machine
   */
  readonly images?: ImagesConfig;
  /** Images that the course makes from its configuration. */
  readonly environments: Environments;
  /** The Swarm that the registry runs in, where the course has several machines. */
  readonly cluster: ServiceCluster & { readonly swarm: pulumi.Resource };
  /** The folder for the registry's layers. */
  readonly layers: pulumi.Input<string>;
  /** Issues the registry's certificate. */
  readonly authority: CertificateAuthority;
}

/** An image on a machine, to be depended on as being there. */
export interface ImageOnMachine {
  /** What it is called there, known in a preview. */
  readonly name: pulumi.Output<string>;
  /** Its name with its digest where it was pulled, so that the Swarm asks nobody for it as it starts a service. */
  readonly reference: pulumi.Output<string>;
  /** What brought it to a machine that isn't the hub's. */
  readonly pulled?: pulumi.Resource;
}

/** Images on machines: built on the hub's or taken from a registry, and brought to the others. */
export interface CourseImages {
  on(machine: Machine, image: NeededImage): ImageOnMachine;
}

/**
 * The hub's machine, its engine, and the course's images on it: built there, or taken from a registry
 * that the configuration names. An image's tag is a hash of its build context, so a change of one file
 * rebuilds that image, and the proxy's when its static files are in the image that changed. Images of
 * other machines go there through a registry, ahead of their first use.
 */
export class HubHost extends pulumi.ComponentResource {
  readonly machine: Machine;
  private readonly platform: Platform;

  constructor(name: string, args: HubHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:HubHost", name, {}, opts);
    this.platform = args.platform;
    this.machine = args.platform.hub(this);
    this.registerOutputs({ address: this.machine.privateAddress });
  }

  /** Declares where images come from; each is declared when a machine first asks for it. */
  provideImages(args: CourseImagesArgs): CourseImages {
    const source = this.imageSource(args);
    const known = new Map<string, ImageOnMachine>();
    const on = (machine: Machine, image: NeededImage): ImageOnMachine => {
      const key = `${machine.name}/${image}`;
      const found = known.get(key) ?? this.imageOn(machine, image, source);
      known.set(key, found);
      return found;
    };
    const first = pulumi.all(this.firstOf(args, source));
    return {
      on: (machine, image) => {
        const there = on(machine, image);
        const after = (name: pulumi.Output<string>) =>
          pulumi.all([name, first]).apply(([known]) => known);
        return { ...there, name: after(there.name), reference: after(there.reference) };
      },
    };
  }

  /**
   * What nothing is changed without: a package of the course's that can't be had fails `up` while the
   * running course is as it was. A registry has only images that could be built.
   */
  private firstOf(args: CourseImagesArgs, source: ImageSource): pulumi.Output<string>[] {
    if (args.images !== undefined) return [];
    return [...args.environments.keys()].map((image) => source.onHub(image));
  }

  private imageOn(machine: Machine, image: NeededImage, source: ImageSource): ImageOnMachine {
    if (machine === this.machine) {
      const name = source.onHub(image);
      return { name, reference: name };
    }
    const { name, reference, resource } = source.on(machine, image);
    return { name, reference, pulled: resource };
  }

  private imageSource(args: CourseImagesArgs): ImageSource {
    const { stack, folder, images, environments, cluster, authority } = args;
    const { machine } = this;
    const common = { stack, folder, environments, machine, parent: this };
    if (images !== undefined) return new TakenImages(common, images);
    if (this.platform.single) return new BuiltImages(common);
    const port = this.platform.ports.registry;
    return new BuiltImages(
      common,
      (image) =>
        new Registry(
          "registry",
          { stack, machine, port, cluster, folder: args.layers, authority, image },
          { parent: this },
        ),
    );
  }
}
