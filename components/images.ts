import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";

/** The folders of `images/`, each the build context of one image. */
export type ImageName =
  "hub" | "notebook" | "chp" | "homes" | "backup" | "firewall" | "proxy" | "registry" | "acme";

/** The lines of a .dockerignore that semesterhub uses: plain names of files or folders at the top. */
function ignoredEntries(context: string): ReadonlySet<string> {
  let text: string;
  try {
    text = readFileSync(join(context, ".dockerignore"), "utf8");
  } catch {
    return new Set();
  }
  const lines = text.split("\n").map((line) => line.trim());
  return new Set(lines.filter((line) => line !== "" && !line.startsWith("#")));
}

/** The files of a build context, as sorted paths with forward slashes; what .dockerignore names is left out. */
export function contextFiles(context: string): string[] {
  const ignored = ignoredEntries(context);
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(context, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (ignored.has(path) || entry.name === "__pycache__") continue;
      if (entry.isDirectory()) visit(path);
      else files.push(path);
    }
  };
  visit("");
  return files.sort();
}

/**
 * Twelve hexadecimal digits that change when, and only when, something that goes into the image
 * changes: the paths, contents and executable bits of the build context, and the build arguments.
 * So a preview knows an image's tag before anything is built (decision 6).
 */
export function contextHash(context: string, buildArgs: Record<string, string> = {}): string {
  const hash = createHash("sha256");
  for (const path of contextFiles(context)) {
    const full = join(context, path);
    const executable = (statSync(full).mode & 0o100) !== 0;
    const content = readFileSync(full);
    hash.update(`${path}\0${String(executable)}\0${String(content.length)}\0`).update(content);
  }
  hash.update(JSON.stringify(Object.entries(buildArgs).sort()));
  return hash.digest("hex").slice(0, 12);
}
