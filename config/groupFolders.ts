/** Which groups of the roster have a folder: the configuration's list, written out. */
import type { Problem } from "./problems";
import type { Roster } from "./types";
import { nearest } from "./values";

/** NFS tells a server at most 16 groups of somebody; everybody has two others at most. */
const mostFolders = 12;

/** Writes `project-*` out as the groups that begin so; what names no group is a problem. */
export function groupFolders(
  wanted: readonly string[],
  groups: Roster["groups"],
): { folders: readonly string[]; problems: readonly Problem[] } {
  const known = Object.keys(groups);
  const problems: Problem[] = [];
  const found = new Set<string>();
  wanted.forEach((entry, index) => {
    const beginning = entry.endsWith("*") ? entry.slice(0, -1) : undefined;
    const meant = known.filter((group) =>
      beginning === undefined ? group === entry : group.startsWith(beginning),
    );
    meant.forEach((group) => found.add(group));
    if (meant.length > 0) return;
    const near = nearest(entry, known);
    const all =
      known.length === 0 ? "give the roster groups first" : `write one of ${known.join(", ")}`;
    problems.push({
      path: ["roster", "folders", index],
      value: entry,
      problem:
        beginning === undefined ? "is no group of the roster" : "fits no group of the roster",
      fix: near === undefined ? all : `did you mean ${near}?`,
    });
  });
  const folders = [...found].sort();
  return { folders, problems: [...problems, ...tooMany(folders, groups)] };
}

function tooMany(folders: readonly string[], groups: Roster["groups"]): Problem[] {
  const counts = new Map<string, number>();
  for (const name of folders.flatMap((group) => groups[group] ?? [])) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > mostFolders)
    .map(([name, count]) => ({
      path: ["roster", "folders"],
      value: name,
      problem: `is in ${count} groups with a folder; the machines' file systems know ${mostFolders} of one person`,
      fix: "take the person out of some of them, or name fewer groups",
    }));
}
