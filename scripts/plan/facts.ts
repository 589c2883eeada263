/**
 * What a golden plan is made from: the configuration in git and nothing of the computer, so that a
 * plan is the same for everybody and in CI. A file that git does not have is replaced by a placeholder.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { collectFiles, pinnedPackages, type HostFacts } from "../../config/hostFacts";

/** The files below a folder that git has. */
export function trackedFiles(folder: string): ReadonlySet<string> {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: folder, encoding: "utf8" });
  return new Set(listed.split("\0").filter((path) => path !== ""));
}

/** The hostFacts of a plan. `missing` collects the files that are not in git. */
export function planFacts(
  folder: string,
  tracked: ReadonlySet<string>,
  missing: Set<string>,
): HostFacts {
  const inGit = (path: string) => tracked.has(relative(folder, resolve(folder, path)));
  const placeholder = (path: string) => {
    missing.add(path);
    if (path.endsWith(".txt")) return "";
    return path.endsWith(".csv") ? people : pem;
  };
  const picture = (path: string) => {
    missing.add(path);
    return Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
  };
  return {
    // Large enough for every course: whether it fits on this computer is no matter of the plan.
    memoryBytes: 2 ** 40,
    cpus: 64,
    skeletonBytes: 0,
    pinned: pinnedPackages(process.cwd()),
    collect: (path) => {
      const full = resolve(folder, path);
      const inside = (file: string) => relative(folder, resolve(full, file));
      const files = existsSync(full) ? collectFiles(full) : [];
      const known = files.filter((file) => tracked.has(inside(file.path)));
      if (known.length > 0) return known;
      return [{ path: "", content: Buffer.from(placeholder(path)), executable: false }];
    },
    read: (path) => (inGit(path) ? readFileSync(resolve(folder, path), "utf8") : placeholder(path)),
    list: (path) => {
      const below = `${relative(folder, resolve(folder, path))}/`;
      return [...tracked].flatMap((name) =>
        name.startsWith(below) ? name.slice(below.length) : [],
      );
    },
    readBytes: (path) => (inGit(path) ? readFileSync(resolve(folder, path)) : picture(path)),
    // As the configuration has it: a plan has no path of a computer.
    locate: (path) => path,
  };
}

/** The student of a class list that git does not have. */
export const nobody = "not-in-git";
const people = `username,role,groups\n${nobody},student,\n`;

// Both, since a name does not tell which of them a file has.
const pem = ["CERTIFICATE", "PRIVATE KEY"]
  .map((kind) => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`)
  .join("");

/** Eight hexadecimal digits that change with a text. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
