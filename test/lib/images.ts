import { join } from "node:path";
import { contextHash, type ImageName } from "../../components/hubHost/images";
import { exec, must, root } from "./semester";

/** An image from a folder, under a tag; built if it is missing. */
export async function builtImage(
  tag: string,
  context: string,
  args: Readonly<Record<string, string>> = {},
): Promise<string> {
  if ((await exec("docker", ["image", "inspect", tag])).code === 0) return tag;
  const options = Object.entries(args).flatMap(([key, value]) => [
    "--build-arg",
    `${key}=${value}`,
  ]);
  await must("docker", ["build", "--quiet", "--tag", tag, ...options, context]);
  return tag;
}

/** An image of the course, as the working copy's files make it, under the tag that `up` gives it. */
export async function courseImage(image: ImageName): Promise<string> {
  const args: Record<string, string> =
    image === "proxy"
      ? { NOTEBOOK_IMAGE: await courseImage("notebook"), HUB_IMAGE: await courseImage("hub") }
      : {};
  const context = join(root, "images", image);
  return builtImage(`semesterhub/${image}:${contextHash(context, args)}`, context, args);
}
