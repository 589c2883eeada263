import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { SemesterConfig } from "../../config";
import { contextFiles } from "./contextFiles";

/** What courses run, in the order in which it is built: folders of `images/`, each a build context. */
export const courseImages = [
  "hub",
  "notebook",
  "grading",
  "chp",
  "homes",
  "database",
  "backup",
  "firewall",
  "acme",
  "alerts",
  "monitoring",
  "proxy",
] as const;
export type CourseImage = (typeof courseImages)[number];

/** What this course runs of them, in the same order. */
export function imagesOf({
  alerts,
  monitoring,
  database,
  proxy,
}: Pick<SemesterConfig, "alerts" | "monitoring" | "database" | "proxy">): CourseImage[] {
  const unused = new Set<CourseImage>([
    ...(alerts === undefined ? ["alerts" as const] : []),
    ...(monitoring === undefined ? ["monitoring" as const] : []),
    ...(database.kind === "postgres" ? [] : ["database" as const]),
    ...(proxy.tls.source === "acme" ? [] : ["acme" as const]),
  ]);
  return courseImages.filter((image) => !unused.has(image));
}

/** The folders of `images/`. */
export type ImageName = CourseImage | "registry";

/** Images whose files another one takes, by the build argument that names each. */
const takenFrom: Partial<Readonly<Record<ImageName, Readonly<Record<string, CourseImage>>>>> = {
  // The proxy serves the static files of exactly these images.
  proxy: { NOTEBOOK_IMAGE: "notebook", HUB_IMAGE: "hub" },
  // nbgrader and what it needs are there already.
  grading: { NOTEBOOK_IMAGE: "notebook" },
};

/** A file of a build context. */
export interface ContextFile {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  readonly executable: boolean;
  readonly content: Buffer;
}

/** What an image is built from, and its name. */
export interface ImagePlan {
  readonly image: string;
  readonly context: string;
  /** What the context holds, where it is put together for the build. */
  readonly files?: readonly ContextFile[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Images that must be there before. */
  readonly from: readonly CourseImage[];
  /** The hash of all that goes in. */
  readonly hash: string;
  /** What it is called where it is built. */
  readonly tag: string;
}

/** Plans an image of a folder with one folder an image. */
export function planImage(folder: string, image: ImageName): ImagePlan {
  const taken = Object.entries(takenFrom[image] ?? {});
  const buildArgs = Object.fromEntries(
    taken.map(([argument, base]) => [argument, planImage(folder, base).tag]),
  );
  const context = `${folder}/${image}`;
  const hash = contextHash(context, buildArgs);
  const from = taken.map(([, base]) => base);
  return { image, context, buildArgs, from, hash, tag: `semesterhub/${image}:${hash}` };
}

/** The files of a build context that go into an image. */
export function filesOf(context: string): ContextFile[] {
  return contextFiles(context).map((path) => {
    const full = join(context, path);
    const executable = (statSync(full).mode & 0o100) !== 0;
    return { path, executable, content: readFileSync(full) };
  });
}

/** The hash of a build context that is a folder as it is. */
export function contextHash(context: string, buildArgs: Record<string, string> = {}): string {
  return filesHash(filesOf(context), buildArgs);
}

/**
 * Twelve hexadecimal digits that change when, and only when, something that goes into the image
 * changes: the paths, contents and executable bits of the build context, and the build arguments.
 * So a preview knows an image's tag before anything is built.
 */
export function filesHash(
  files: readonly ContextFile[],
  buildArgs: Readonly<Record<string, string>>,
): string {
  const hash = createHash("sha256");
  for (const { path, executable, content } of files) {
    hash.update(`${path}\0${String(executable)}\0${String(content.length)}\0`).update(content);
  }
  hash.update(JSON.stringify(Object.entries(buildArgs).sort()));
  return hash.digest("hex").slice(0, 12);
}
