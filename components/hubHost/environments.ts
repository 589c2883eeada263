/** Images that a course makes from its configuration, on top of those in images/. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { EnvironmentConfig, EnvironmentLists, SemesterConfig } from "../../config";
import { filesHash, filesOf, planImage, type ContextFile, type ImagePlan } from "./images";

/** What it is called, and the resources and the repository in a registry that are about it. */
export type EnvironmentImage = "environment" | `environment-${string}`;

/** A course's environments, by the name of their image. */
export type Environments = ReadonlyMap<EnvironmentImage, EnvironmentConfig>;

/** Where build contexts are put together, in the working copy. */
const staging = ".semesterhub/contexts";

/** What of a configuration makes images. */
export type WithEnvironments = Pick<SemesterConfig, "environment" | "profiles">;

/** The environments of a configuration. */
export function environmentsOf({ environment, profiles }: WithEnvironments): Environments {
  const found = new Map<EnvironmentImage, EnvironmentConfig>();
  if (environment !== undefined) found.set("environment", environment);
  for (const profile of profiles) {
    if (profile.environment) found.set(`environment-${profile.slug}`, profile.environment);
  }
  return found;
}

/** Which image is whose. */
export interface ServerImages {
  /** Of students' servers. */
  readonly usual: "notebook" | EnvironmentImage;
  /** Of a submission that is graded: one that has the course's sandbox in it. */
  readonly sandbox: "notebook" | EnvironmentImage;
  /** Of each profile, by its slug. */
  readonly profiles: ReadonlyMap<string, "notebook" | EnvironmentImage>;
}

/** Chooses the images of students' servers. */
export function serverImages({ environment, profiles }: WithEnvironments): ServerImages {
  const usual = environment === undefined ? "notebook" : "environment";
  return {
    usual,
    sandbox: environment?.kind === "lists" ? "environment" : "notebook",
    profiles: new Map(
      profiles.map(({ slug, environment: own }) => [slug, own ? `environment-${slug}` : usual]),
    ),
  };
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

/** What is put around an image that somebody else made. */
function adaptedFiles(folder: string): ContextFile[] {
  // Modules of the notebook image that work in any that runs a student's server.
  const names = JSON.parse(readFileSync(`${folder}/adapted/shared.json`, "utf8")) as string[];
  const shared = names.map((name) => `semesterhub_notebook/${name}.py`);
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
