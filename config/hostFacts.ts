/** What the configuration is held against: this computer and the working copy. */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, homedir, totalmem } from "node:os";
import { join, resolve } from "node:path";

/** The facts that checks need, so that tests can set them. */
export interface HostFacts {
  /** Memory and processors of this computer. */
  readonly memoryBytes: number;
  readonly cpus: number;
  /** What a new home holds. */
  readonly skeletonBytes: number;
  /** The absolute path of a file that the configuration names. */
  locate(path: string): string;
  /** The text of a file; throws where it can't be read. */
  read(path: string): string;
  /** The same of a file that is no text. */
  readBytes(path: string): Buffer;
  /** The names in a folder. */
  list(path: string): string[];
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
    locate,
    read: (path) => readFileSync(locate(path), "utf8"),
    readBytes: (path) => readFileSync(locate(path)),
    list: (path) => readdirSync(locate(path)),
  };
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
