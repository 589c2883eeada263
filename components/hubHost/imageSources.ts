import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ImagesConfig } from "../../config";
import { planImage, type CourseImage, type ImageName, type ImagePlan } from "./images";
import { pullImage, pushImage, type ImageStore, type Pulled } from "./registryTransfer";
import type { Machine } from "../machines/machine";

/** Where a course's images come from. */
export interface ImageSource {
  /** An image on the hub's machine, to be depended on as being there. */
  onHub(image: CourseImage): pulumi.Output<string>;
  /** Brings an image to another machine. */
  on(machine: Machine, image: CourseImage): Pulled;
}

/** What both sources are made from. */
export interface ImageSourceArgs {
  readonly stack: string;
  readonly folder: string;
  readonly machine: Machine;
  readonly parent: pulumi.Resource;
}

/** Images that are built on the hub's machine, and sent to others through its registry. */
export class BuiltImages implements ImageSource {
  private readonly built = new Map<ImageName, BuiltImage>();
  private readonly pushed = new Map<CourseImage, pulumi.Resource>();
  private readonly sending: Sending | undefined;

  constructor(
    private readonly args: ImageSourceArgs,
    declareRegistry?: (image: pulumi.Output<string>) => Sending,
  ) {
    this.sending = declareRegistry?.(this.build("registry").resource.imageName);
  }

  onHub(image: CourseImage): pulumi.Output<string> {
    return this.build(image).resource.imageName;
  }

  on(machine: Machine, image: CourseImage): Pulled {
    const { parent } = this.args;
    const { sending } = this;
    if (sending === undefined) throw new Error("There is one machine: images stay on it.");
    const { plan, resource } = this.build(image);
    const pushed =
      this.pushed.get(image) ??
      pushImage(sending.store, plan, this.args.machine, {
        parent,
        dependsOn: [resource, sending.service],
      });
    this.pushed.set(image, pushed);
    return pullImage(sending.store, plan, machine, { parent, dependsOn: [pushed] });
  }

  private build(image: ImageName): BuiltImage {
    const known = this.built.get(image);
    if (known !== undefined) return known;
    const { folder, machine, parent } = this.args;
    const plan = planImage(folder, image);
    const resource = new docker.Image(
      `${image}-image`,
      {
        imageName: plan.tag,
        build: {
          context: plan.context,
          dockerfile: `${plan.context}/Dockerfile`,
          platform: machine.buildPlatform,
          args: { ...plan.buildArgs },
        },
        skipPush: true,
      },
      {
        parent,
        provider: machine.engine,
        dependsOn: plan.from.map((base) => this.build(base).resource),
      },
    );
    const built = { plan, resource };
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
  readonly plan: ImagePlan;
  readonly resource: docker.Image;
}

/** Images that a registry has which the configuration names. */
export class TakenImages implements ImageSource {
  private readonly store: ImageStore;
  private readonly taken = new Map<CourseImage, Pulled>();

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
  onHub(image: CourseImage): pulumi.Output<string> {
    const taken = this.taken.get(image) ?? this.on(this.args.machine, image);
    this.taken.set(image, taken);
    return taken.reference;
  }

  on(machine: Machine, image: CourseImage): Pulled {
    const { folder, parent } = this.args;
    return pullImage(this.store, planImage(folder, image), machine, { parent });
  }
}
