/** The comment on what has changed since a commit: from files in git alone, without running anything. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { formatComment } from "./comment";
import { goldenFile, goldenText, readPlan } from "./golden";
import type { Plan } from "./plan";

/** Throws where git does not know the commit. */
export function commentSince(commit: string): string {
  // From where the branch began: what others merged meanwhile is not this pull request's.
  const base = git("merge-base", "--end-of-options", commit, "HEAD").trim();
  const stackOf = (file: string) => /([a-z0-9-]+)\.yaml$/.exec(file)?.[1] ?? [];
  const before = git("ls-tree", "--name-only", base, "plans/").split("\n").flatMap(stackOf);
  const after = readdirSync("plans").flatMap(stackOf);
  const stacks = [...new Set([...before, ...after])].sort();
  return formatComment(
    stacks.map((stack) => ({
      stack,
      base: before.includes(stack)
        ? planIn(git("show", `${base}:${goldenFile(stack)}`))
        : undefined,
      head: planIn(goldenText(stack)),
    })),
  );
}

function planIn(text: string | undefined): Plan | undefined {
  return text === undefined ? undefined : readPlan(text);
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8", maxBuffer: 2 ** 28 });
}
