/** Images that a course makes from its configuration, on top of those in images/. */
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EnvironmentConfig, EnvironmentLists } from "../../config";
import { filesHash, filesOf, planImage, type ContextFile, type ImagePlan } from "./images";

/** What it is called, and the resources and the repository in a registry that are about it. */
export type EnvironmentImage = "environment";

/** A course's environments, by the name of their image. */
export type Environments = Partial<Readonly<Record<EnvironmentImage, EnvironmentConfig>>>;

/** Where build contexts are put together, in the working copy. */
const staging = ".semesterhub/contexts";

/** The environments of a configuration. */
export function environmentsOf(config: { readonly environment?: EnvironmentConfig }): Environments {
  return config.environment === undefined ? {} : { environment: config.environment };
}

/** The names of their images. */
export function environmentNames(environments: Environments): EnvironmentImage[] {
  return Object.keys(environments) as EnvironmentImage[];
}

/** Plans an environment's image. Nothing is written: a preview asks for its tag alone. */
export function planEnvironment(
  folder: string,
  image: EnvironmentImage,
  environment: EnvironmentConfig,
): ImagePlan {
  const { base, from, files } =
    environment.kind === "image"
      ? { base: environment.image, from: [], files: adaptedFiles(folder) }
      : {
          base: planImage(folder, "notebook").tag,
          from: ["notebook"] as const,
          files: [...filesOf(`${folder}/environment`), ...wanted(environment)],
        };
  const buildArgs = { BASE_IMAGE: base };
  const hash = filesHash(files, buildArgs);
  return {
    ...{ image, buildArgs, hash, files, from },
    context: `${staging}/${image}-${hash}`,
    tag: `semesterhub/${image}:${hash}`,
  };
}

/** Modules of the notebook image that work in any that runs a student's server. */
const shared = ["__init__", "activity", "gate", "identity", "settings"].map(
  (name) => `semesterhub_notebook/${name}.py`,
);

/** What is put around an image that somebody else made. */
function adaptedFiles(folder: string): ContextFile[] {
  const ofNotebook = filesOf(`${folder}/notebook`).filter(({ path }) => shared.includes(path));
  return [...filesOf(`${folder}/adapted`), ...ofNotebook];
}

/** What the configuration says, as images/environment/install.py reads it. */
function wanted(environment: EnvironmentLists): ContextFile[] {
  const list = (name: string, lines: readonly string[]): ContextFile => ({
    path: `wanted/${name}.txt`,
    executable: false,
    content: Buffer.from(lines.map((line) => `${line}\n`).join("")),
  });
  return [
    ...(["packages", "kernels", "requirements", "extensions"] as const).map((name) =>
      list(name, environment[name]),
    ),
    ...environment.files
      .map(({ target, ...file }) => ({ ...file, path: `root${target}` }))
      .sort((one, other) => (one.path < other.path ? -1 : 1)),
  ];
}

/**
 * Puts an environment's build context together where its plan says. The folder is called by what is
 * in it, so one that is there is right; it comes into being whole.
 */
export function stage({ context, files = [] }: ImagePlan): void {
  mkdirSync(dirname(context), { recursive: true });
  const made = mkdtempSync(`${context}.`);
  // Folders of the image become as these are, whatever this computer makes of new ones.
  const folders = new Set<string>();
  const folder = (path: string): void => {
    if (folders.has(path) || path === ".") return;
    folder(dirname(path));
    mkdirSync(join(made, path), { recursive: true });
    chmodSync(join(made, path), 0o755);
    folders.add(path);
  };
  // A Dockerfile copies it, files or not.
  folder("root");
  for (const { path, content, executable } of files) {
    folder(dirname(path));
    writeFileSync(join(made, path), content);
    chmodSync(join(made, path), executable ? 0o755 : 0o644);
  }
  rmSync(context, { recursive: true, force: true });
  renameSync(made, context);
}
