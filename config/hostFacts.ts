/** What the configuration is held against: this computer and the working copy. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, homedir, totalmem } from "node:os";
import { join, posix, resolve } from "node:path";
import { parseRequirements } from "./environment";

/** The facts that checks need, so that tests can set them. */
export interface HostFacts {
  /** Memory and processors of this computer. */
  readonly memoryBytes: number;
  readonly cpus: number;
  /** What a new home holds. */
  readonly skeletonBytes: number;
  /** The Python packages of the notebook image, with their versions. */
  readonly pinned: ReadonlyMap<string, string>;
  /** The absolute path of a file that the configuration names. */
  locate(path: string): string;
  /** The text of a file; throws where it can't be read. */
  read(path: string): string;
  /** The same of a file that is no text. */
  readBytes(path: string): Buffer;
  /** The names in a folder. */
  list(path: string): string[];
  /** A file, or the files below a folder; throws where they can't be read. */
  collect(path: string): readonly CollectedFile[];
}

/** A file of a folder. */
export interface CollectedFile {
  /** Its path below the folder, with slashes; empty for a file that was asked for itself. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

let assumed: HostFacts | undefined;

/** Has `readHostFacts` answer these from now on; undefined: what is there. For plans of other computers. */
export function assumeHostFacts(hostFacts: HostFacts | undefined): void {
  assumed = hostFacts;
}

/** The hostFacts as they are; `folder` is the working copy. */
export function readHostFacts(folder: string): HostFacts {
  if (assumed) return assumed;
  const locate = (path: string) => resolve(folder, path.replace(/^~(?=\/)/, homedir()));
  return {
    memoryBytes: totalmem(),
    cpus: availableParallelism(),
    skeletonBytes: folderBytes(join(folder, "images", "homes", "skel")),
    pinned: pinnedPackages(folder),
    locate,
    read: (path) => readFileSync(locate(path), "utf8"),
    collect: (path) => collectFiles(locate(path)),
    readBytes: (path) => readFileSync(locate(path)),
    list: (path) => readdirSync(locate(path)),
  };
}

/** What the notebook image's requirements.txt says. */
export function pinnedPackages(folder: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(folder, "images", "notebook", "requirements.txt"), "utf8");
  const { requirements } = parseRequirements(text);
  return new Map(requirements.map(({ name, pinned = "" }) => [name, pinned]));
}

/** A file, or the files below a folder, in order. What is neither, such as a link, is refused. */
export function collectFiles(top: string): CollectedFile[] {
  const files: CollectedFile[] = [];
  const visit = (path: string): void => {
    const full = join(top, path);
    const found = lstatSync(full);
    if (found.isDirectory()) {
      for (const name of readdirSync(full).sort()) visit(posix.join(path, name));
    } else if (found.isFile()) {
      files.push({ path, content: readFileSync(full), executable: (found.mode & 0o100) !== 0 });
    } else {
      throw Object.assign(new Error(`${full} is no file`), { code: "a link or a device in it" });
    }
  };
  visit("");
  return files;
}

/** Bytes of the files below a folder; 0 where there is none. */
function folderBytes(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => lstatSync(join(folder, name)))
      .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  } catch {
    return 0;
  }
}
