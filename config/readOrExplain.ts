/** Files that the configuration names, read for a check. */
import type { HostFacts } from "./hostFacts";
import type { Problem } from "./problems";

/** A file's text; what is wrong where it can't be read is added to `problems`. */
export function readOrExplain(
  path: Problem["path"],
  file: string,
  hostFacts: HostFacts,
  problems: Problem[],
): string | undefined {
  return orExplain(path, file, hostFacts, problems, () => hostFacts.read(file));
}

/** What `read` makes of a file or folder; what is wrong where it can't be read is added to `problems`. */
export function orExplain<Value>(
  path: Problem["path"],
  file: string,
  hostFacts: HostFacts,
  problems: Problem[],
  read: () => Value,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = code === "ENOENT" ? "does not exist" : `can't be read (${code})`;
    problems.push({
      path,
      value: file,
      problem: `${path.includes("templates") ? "the folder" : "the file"} ${hostFacts.locate(file)} ${why}`,
      fix: "write a path from the folder of Pulumi.yaml, or an absolute one",
    });
    return undefined;
  }
}
