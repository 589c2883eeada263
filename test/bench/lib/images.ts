// The images that are measured: those that the working copy's files make.
import { join } from "node:path";
import { contextHash, type ImageName } from "../../../components/images";
import { exec, root } from "../../lib/semester";
import { docker } from "./engine";
import { prefix } from "./names";

export type Images = Readonly<Record<Exclude<ImageName, "backup" | "registry" | "acme"> | "tools", string>>;

async function built(tag: string, context: string, args: Record<string, string>): Promise<string> {
  if ((await exec("docker", ["image", "inspect", tag])).code === 0) return tag;
  const options = Object.entries(args).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  await docker(["build", "--quiet", "--tag", tag, ...options, context]);
  return tag;
}

/** The images under the tags that `up` gives them; those that are missing are built. */
export async function images(): Promise<Images> {
  const image = async (name: ImageName, args: Record<string, string> = {}): Promise<string> => {
    const context = join(root, "images", name);
    return built(`semesterhub/${name}:${contextHash(context, args)}`, context, args);
  };
  const tools = join(root, "test", "bench", "tools");
  const hub = await image("hub");
  const notebook = await image("notebook");
  return {
    hub,
    notebook,
    chp: await image("chp"),
    homes: await image("homes"),
    firewall: await image("firewall"),
    proxy: await image("proxy", { NOTEBOOK_IMAGE: notebook, HUB_IMAGE: hub }),
    tools: await built(`${prefix}-tools:${contextHash(tools)}`, tools, {}),
  };
}
