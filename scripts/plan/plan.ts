/** The golden plan of a stack: what it declares, as a file in git. */

/** One declared resource. References are keys of other resources in the same plan. */
export interface PlannedResource {
  /** Absent for what belongs to the stack itself. */
  readonly parent?: string;
  readonly provider?: string;
  readonly dependsOn?: readonly string[];
  readonly deletedWith?: string;
  readonly replaceWith?: readonly string[];
  readonly replacementTrigger?: unknown;
  readonly protect?: true;
  readonly retainOnDelete?: true;
  readonly deleteBeforeReplace?: true;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly import?: string;
  /** Without secrets: those are the word "secret" and a digest of what stands for them. */
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** Who may take the course, without a name. */
export interface ClassList {
  readonly students: number;
  readonly staff: number;
  readonly groups: number;
  /** Changes with any name in it. */
  readonly version: string;
}

/** What a stack declares. */
export interface Plan {
  readonly stack: string;
  readonly platform: string;
  readonly classList: ClassList;
  /** Files that the configuration names and git does not have; placeholders stand for them. */
  readonly notInGit?: readonly string[];
  /** Secrets that are still to be set with `pulumi config set --secret`. */
  readonly notSet?: readonly string[];
  /** By "type name", e.g. "docker:Service semesterhub-dev-hub". */
  readonly resources: Readonly<Record<string, PlannedResource>>;
}

/** A type without its module where that says nothing more: "docker:Service". */
export function shortType(type: string): string {
  return type.replace(/:index(\/\w+)?:/, ":").replace(/\/\w+:/, ":");
}

/** The type in a resource's key: "docker:Service". */
export function typeOf(key: string): string {
  return key.split(" ", 1)[0] ?? "";
}

/** The logical name in a resource's key. */
export function nameOf(key: string): string {
  return key.split(" ")[1] ?? "";
}
