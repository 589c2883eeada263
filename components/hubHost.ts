import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { contextHash, type ImageName } from "./images";
import type { Machine } from "./machine";

/** What the hub's machine is prepared with. */
export interface HubHostArgs {
  readonly machine: Machine;
  /**
   * The folder with one folder an image, relative to the project, so that two clones of the
   * repository agree on what a change is.
   */
  readonly imagesFolder: string;
}

/**
 * The hub's machine with the course's images built on it. An image's tag is a hash of what goes
 * into it, so a change of one file rebuilds that image, and the proxy's when its static files are
 * in the image that changed.
 */
export class HubHost extends pulumi.ComponentResource {
  readonly machine: Machine;
  /** The name:tag of each image, known in a preview, and to be depended on as built. */
  readonly images: Readonly<Record<ImageName, pulumi.Output<string>>>;

  constructor(name: string, args: HubHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:HubHost", name, {}, opts);
    const { machine, imagesFolder } = args;
    this.machine = machine;

    const build = (image: ImageName, from: Record<string, BuiltImage> = {}): BuiltImage => {
      const context = `${imagesFolder}/${image}`;
      const buildArgs = Object.fromEntries(
        Object.entries(from).map(([argument, base]) => [argument, base.tag]),
      );
      const tag = `semesterhub/${image}:${contextHash(context, buildArgs)}`;
      const resource = new docker.Image(
        `${name}-${image}-image`,
        {
          imageName: tag,
          build: {
            context,
            dockerfile: `${context}/Dockerfile`,
            platform: machine.buildPlatform,
            args: buildArgs,
          },
          skipPush: true,
        },
        {
          parent: this,
          provider: machine.engine,
          dependsOn: Object.values(from).map((base) => base.resource),
        },
      );
      return { tag, resource };
    };

    const hub = build("hub");
    const notebook = build("notebook");
    this.images = {
      hub: hub.resource.imageName,
      notebook: notebook.resource.imageName,
      chp: build("chp").resource.imageName,
      homes: build("homes").resource.imageName,
      backup: build("backup").resource.imageName,
      firewall: build("firewall").resource.imageName,
      // The proxy serves the static files of exactly these images.
      proxy: build("proxy", { NOTEBOOK_IMAGE: notebook, HUB_IMAGE: hub }).resource.imageName,
    };
    this.registerOutputs({ images: this.images });
  }
}

interface BuiltImage {
  readonly tag: string;
  readonly resource: docker.Image;
}
