/** Templates of the course's own, which the hub takes in the place of its pages. */
import type { HostFacts } from "./hostFacts";

/** A file as the hub gets it. */
export interface OwnTemplate {
  readonly name: string;
  readonly text: string;
}

/** They travel in one Swarm config, which takes 500 KB. */
const largest = 200 * 2 ** 10;

/** Reads a folder of templates, or says what is wrong with it: completes "the folder …". */
export function readTemplates(
  folder: string,
  hostFacts: HostFacts,
): { readonly templates: readonly OwnTemplate[] } | { readonly problem: string } {
  const names = hostFacts.list(folder).sort();
  const strange = names.find((name) => !/^[a-zA-Z0-9][\w-]*\.(html|css)$/.test(name));
  if (strange !== undefined) {
    return {
      problem: `has ${JSON.stringify(strange)} in it, which is no NAME.html and no NAME.css`,
    };
  }
  if (names.length === 0) return { problem: "has no template in it" };
  const templates = names.map((name) => ({ name, text: hostFacts.read(`${folder}/${name}`) }));
  const bytes = templates.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return bytes > largest
    ? { problem: `has ${Math.ceil(bytes / 2 ** 10)}K of templates; the hub takes at most 200K` }
    : { templates };
}
