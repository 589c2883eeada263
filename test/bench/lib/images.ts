// The images that are measured: those that the working copy's files make.
import { join } from "node:path";
import { contextHash } from "../../../components/hubHost/images";
import { builtImage, courseImage } from "../../lib/images";
import { root } from "../../lib/semester";
import { prefix } from "./names";

const measured = ["hub", "notebook", "chp", "homes", "firewall", "proxy"] as const;

export type Images = Readonly<Record<(typeof measured)[number] | "tools", string>>;

/** The images under the tags that `up` gives them; those that are missing are built. */
export async function images(): Promise<Images> {
  const tools = join(root, "test", "bench", "tools");
  const found: Partial<Record<keyof Images, string>> = {};
  // One after the other: the proxy's is made from two of those before it.
  for (const name of measured) found[name] = await courseImage(name);
  found.tools = await builtImage(`${prefix}-tools:${contextHash(tools)}`, tools);
  return found as Images;
}
