import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "./certificateAuthority";
import { contextHash, type ImageName } from "./images";
import { areSeveral, type Machine, type Machines, type Ran } from "./machine";
import type { NfsExport } from "./nfsExport";
import { Registry, type Pulled } from "./registry";
import type { SwarmCluster } from "./swarmCluster";

/** What the hub's machine is prepared with. */
export interface HubHostArgs {
  readonly stack: string;
  readonly machines: Machines;
  /**
   * The folder with one folder an image, relative to the project, so that two clones of the
   * repository agree on what a change is.
   */
  readonly imagesFolder: string;
  /** Where, if there are several machines, the registry runs, keeps its layers, has its certificate from. */
  readonly cluster: SwarmCluster;
  readonly storage: NfsExport;
  readonly authority: CertificateAuthority;
}

/** The images that services and containers on the hub's machine are made from. */
type Images = Readonly<Record<Exclude<ImageName, "registry" | "acme">, pulumi.Output<string>>>;

/** Images that are made only where they are asked for. */
type CourseImage = keyof Images | "acme";

/**
 * The hub's machine with the course's images built on it. An image's tag is a hash of what goes
 * into it, so a change of one file rebuilds that image, and the proxy's when its static files are
 * in the image that changed. What another machine runs goes there through a registry, ahead of its
 * first use.
 */
export class HubHost extends pulumi.ComponentResource {
  readonly machine: Machine;
  /** The name:tag of each image on this machine, known in a preview, and to be depended on as built. */
  readonly images: Images;
  /** What students' servers are made from, on every machine that runs them. */
  readonly notebookImage: pulumi.Output<string>;
  /** What gives each node that image. */
  readonly notebookOnNodes: ReadonlyMap<Machine, pulumi.Resource>;

  private readonly name: string;
  private readonly args: HubHostArgs;
  private readonly built: Readonly<Record<keyof Images, BuiltImage>>;
  private acme: BuiltImage | undefined;
  private readonly registry: Registry | undefined;
  private readonly pushed = new Map<ImageName, Ran>();

  constructor(name: string, args: HubHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:HubHost", name, {}, opts);
    this.name = name;
    this.args = args;
    this.machine = args.machines.hub;
    this.registry = areSeveral(args.machines) ? this.declareRegistry() : undefined;

    const hub = this.build("hub");
    const notebook = this.build("notebook");
    this.built = {
      hub,
      notebook,
      chp: this.build("chp"),
      homes: this.build("homes"),
      backup: this.build("backup"),
      firewall: this.build("firewall"),
      // The proxy serves the static files of exactly these images.
      proxy: this.build("proxy", { NOTEBOOK_IMAGE: notebook, HUB_IMAGE: hub }),
    };
    this.images = Object.fromEntries(
      Object.entries(this.built).map(([image, { resource }]) => [image, resource.imageName]),
    ) as Images;
    this.notebookOnNodes = new Map(
      args.machines.nodes.map((node) => [node, this.pull(node, "notebook").resource]),
    );
    this.notebookImage = this.notebookEverywhere();
    this.registerOutputs({ images: this.images });
  }

  /** An image on a machine: its name there, to be depended on as being there. */
  imageOn(machine: Machine, image: CourseImage): pulumi.Output<string> {
    if (this.registry === undefined || machine === this.machine) {
      return this.find(image).resource.imageName;
    }
    return this.pull(machine, image).name;
  }

  private find(image: CourseImage): BuiltImage {
    if (image !== "acme") return this.built[image];
    this.acme ??= this.build(image);
    return this.acme;
  }

  private pull(machine: Machine, image: CourseImage): Pulled {
    const pushed = this.push(image);
    return this.sending.pull(image, this.find(image).tag, machine, pushed, this);
  }

  /** By digest where it travels, so that no node asks the registry before it starts a server. */
  private notebookEverywhere(): pulumi.Output<string> {
    if (this.notebookOnNodes.size === 0) return this.images.notebook;
    const there = pulumi.all([...this.notebookOnNodes.values()].map(({ urn }) => urn));
    // What a script printed that was given a secret may count as one; an image's name is none.
    return pulumi
      .all([pulumi.unsecret(this.push("notebook").stdout), there])
      .apply(([reference]) => reference.trim());
  }

  private get sending(): Registry {
    if (this.registry === undefined) throw new Error("There is one machine: images stay on it.");
    return this.registry;
  }

  private push(image: CourseImage): Ran {
    const known = this.pushed.get(image);
    if (known !== undefined) return known;
    const { tag, resource } = this.find(image);
    const pushed = this.sending.push(image, tag, resource, this);
    this.pushed.set(image, pushed);
    return pushed;
  }

  private declareRegistry(): Registry {
    const { stack, cluster, storage, authority } = this.args;
    return new Registry(
      this.name,
      {
        stack,
        machine: this.machine,
        cluster,
        storage,
        authority,
        image: this.build("registry").resource.imageName,
      },
      { parent: this },
    );
  }

  private build(image: ImageName, from: Record<string, BuiltImage> = {}): BuiltImage {
    const context = `${this.args.imagesFolder}/${image}`;
    const buildArgs = Object.fromEntries(
      Object.entries(from).map(([argument, base]) => [argument, base.tag]),
    );
    const tag = `semesterhub/${image}:${contextHash(context, buildArgs)}`;
    const resource = new docker.Image(
      `${this.name}-${image}-image`,
      {
        imageName: tag,
        build: {
          context,
          dockerfile: `${context}/Dockerfile`,
          platform: this.machine.buildPlatform,
          args: buildArgs,
        },
        skipPush: true,
      },
      {
        parent: this,
        provider: this.machine.engine,
        dependsOn: Object.values(from).map((base) => base.resource),
      },
    );
    return { tag, resource };
  }
}

interface BuiltImage {
  readonly tag: string;
  readonly resource: docker.Image;
}
