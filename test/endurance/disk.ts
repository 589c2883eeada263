import { rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { exec } from "../lib/semester";

/** Fills a file system to its last block while something is done, and makes the room free again. */
export async function whileFull(folder: string, work: () => Promise<void>): Promise<void> {
  const file = join(folder, "full-for-a-test");
  try {
    const { bavail, bsize } = statfsSync(folder);
    await exec("fallocate", ["--length", String(bavail * bsize - 2 ** 20), file]);
    // The rest, which a file's own blocks count against: it ends with "no space left".
    await exec("dd", ["if=/dev/zero", `of=${file}`, "bs=4k", "oflag=append", "conv=notrunc"]);
    await work();
  } finally {
    rmSync(file, { force: true });
  }
}
