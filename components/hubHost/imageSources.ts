import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ImagesConfig } from "../../config";
import { planEnvironment, stage, type EnvironmentImage, type Environments } from "./environments";
import { planImage, type CourseImage, type ImageName, type ImagePlan } from "./images";
import { pullImage, pushImage, type ImageStore, type Pulled } from "./registryTransfer";
import { inEngine, type Machine } from "../machines/machine";

/** An image that a machine may need. */
export type NeededImage = CourseImage | EnvironmentImage;

/** Where a course's images come from. */
export interface ImageSource {
  /** An image on the hub's machine, to be depended on as being there. */
  onHub(image: NeededImage): pulumi.Output<string>;
  /** Brings an image to another machine. */
  on(machine: Machine, image: NeededImage): Pulled;
}

/** What both sources are made from. */
export interface ImageSourceArgs {
  readonly stack: string;
  readonly folder: string;
  /** What the course makes from its configuration. */
  readonly environments: Environments;
  readonly machine: Machine;
  readonly parent: pulumi.Resource;
}

/** Plans an image, of the folder or of the configuration. */
function plan(
  { folder, environments }: ImageSourceArgs,
  image: NeededImage | ImageName,
): ImagePlan {
  for (const [name, environment] of environments) {
    if (name === image) return planEnvironment(folder, name, environment);
  }
  return planImage(folder, image as ImageName);
}

/** Images that are built on the hub's machine, and sent to others through its registry. */
export class BuiltImages implements ImageSource {
  private readonly built = new Map<string, BuiltImage>();
  private readonly pushed = new Map<string, pulumi.Resource>();
  private readonly sending: Sending | undefined;

  constructor(
    private readonly args: ImageSourceArgs,
    declareRegistry?: (image: pulumi.Output<string>) => Sending,
  ) {
    this.sending = declareRegistry?.(this.build("registry").resource.imageName);
  }

  onHub(image: NeededImage): pulumi.Output<string> {
    return this.build(image).resource.imageName;
  }

  on(machine: Machine, image: NeededImage): Pulled {
    const { parent } = this.args;
    const { sending } = this;
    if (sending === undefined) throw new Error("There is one machine: images stay on it.");
    const { planned, resource } = this.build(image);
    const pushed =
      this.pushed.get(image) ??
      pushImage(sending.store, planned, this.args.machine, {
        parent,
        dependsOn: [resource, sending.service],
      });
    this.pushed.set(image, pushed);
    return pullImage(sending.store, planned, machine, { parent, dependsOn: [pushed] });
  }

  private build(image: NeededImage | ImageName): BuiltImage {
    const known = this.built.get(image);
    if (known !== undefined) return known;
    const { machine, parent } = this.args;
    const planned = plan(this.args, image);
    if (planned.files !== undefined) stage(planned);
    const resource = new docker.Image(
      `${image}-image`,
      {
        imageName: planned.tag,
        build: {
          context: planned.context,
          dockerfile: `${planned.context}/Dockerfile`,
          platform: machine.buildPlatform,
          args: { ...planned.buildArgs },
        },
        skipPush: true,
      },
      {
        parent,
        ...inEngine(machine),
        dependsOn: planned.from.map((base) => this.build(base).resource),
      },
    );
    const built = { planned, resource };
    this.built.set(image, built);
    return built;
  }
}

/** A registry that takes what is built: where it is, and what to wait for. */
export interface Sending {
  readonly store: ImageStore;
  readonly service: pulumi.Resource;
}

interface BuiltImage {
  readonly planned: ImagePlan;
  readonly resource: docker.Image;
}

/** Images that a registry has which the configuration names. */
export class TakenImages implements ImageSource {
  private readonly store: ImageStore;
  private readonly taken = new Map<string, Pulled>();

  constructor(
    private readonly args: ImageSourceArgs,
    { registry, login }: ImagesConfig,
  ) {
    this.store = {
      ...registry,
      ...(login && { login }),
      advice: `npm run images -- --stack ${args.stack} builds what is missing there and sends it.`,
    };
  }

  /** By digest, so that the Swarm asks nobody for an image as it starts a service again. */
  onHub(image: NeededImage): pulumi.Output<string> {
    const taken = this.taken.get(image) ?? this.on(this.args.machine, image);
    this.taken.set(image, taken);
    return taken.reference;
  }

  on(machine: Machine, image: NeededImage): Pulled {
    const { parent } = this.args;
    return pullImage(this.store, plan(this.args, image), machine, { parent });
  }
}
