import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** What editors, file managers and Python leave in a folder; no part of any image. */
const leftBehind =
  /^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.directory|__pycache__|.*\.pyc|\.pytest_cache|\.ruff_cache|\.idea|\.vscode|.*~|#.*#|\.#.*|.*\.sw[a-p]|.*\.(orig|rej|bak|tmp))$/;

/**
 * The files of a build context that go into an image, as sorted paths with forward slashes: those
 * that git has, without those that .dockerignore names. Where git does not have the folder, as in
 * an unpacked archive, all but what editors and file managers leave behind.
 */
export function contextFiles(context: string): string[] {
  const ignored = ignoredEntries(context);
  const files = committed(context) ?? present(context);
  return files
    .filter((path) => !ignored.some((entry) => path === entry || path.startsWith(`${entry}/`)))
    .sort();
}

/** The lines of a .dockerignore that semesterhub uses: plain names of files or folders at the top. */
function ignoredEntries(context: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(join(context, ".dockerignore"), "utf8");
  } catch {
    return [];
  }
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** What git has of a folder and is still there; nothing where git or its record of it is missing. */
function committed(context: string): string[] | undefined {
  const listed = git(context);
  const files = listed.known.filter((path) => existsSync(join(context, path)));
  if (files.length === 0) return undefined;
  const ignored = ignoredEntries(context);
  for (const path of listed.unknown) {
    const [top = ""] = path.split("/");
    if (ignored.includes(top) || path.split("/").some((part) => leftBehind.test(part))) continue;
    void pulumi.log.warn(
      `${posix.join(context, path)} is not in git, so that a change of it makes no new image. ` +
        `Fix: git add ${posix.join(context, path)}`,
    );
  }
  return files;
}

/** What git knows of a folder, and what it would take if it were told to: asked at once, for speed. */
function git(context: string): Record<"known" | "unknown", string[]> {
  const options = ["-z", "-t", "--cached", "--others", "--exclude-standard"];
  try {
    const listed = execFileSync("git", ["ls-files", ...options, "--", "."], {
      cwd: context,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 2 ** 26,
    }).split("\0");
    // Each as a letter for its state, a space and its path.
    const paths = (wanted: (state: string) => boolean) =>
      listed
        .filter((entry) => entry !== "" && wanted(entry.charAt(0)))
        .map((entry) => entry.slice(2));
    return { known: paths((state) => state !== "?"), unknown: paths((state) => state === "?") };
  } catch {
    return { known: [], unknown: [] };
  }
}

/** All files of a folder but those that nobody put there. */
function present(context: string): string[] {
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(context, folder), { withFileTypes: true })) {
      if (leftBehind.test(entry.name)) continue;
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else files.push(path);
    }
  };
  visit("");
  return files;
}
