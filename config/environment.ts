/** A course's environment as its image is built from it, and how a requirements file is read. */

/** What students' servers are made from, where it isn't the notebook image as it is. */
export type EnvironmentConfig =
  | ({ readonly kind: "lists" } & EnvironmentLists)
  /** An image that somebody else made. */
  | { readonly kind: "image"; readonly image: string };

/** What an image has beside the notebook image. */
export interface EnvironmentLists {
  /** Lines of a requirements file, without comments. */
  readonly requirements: readonly string[];
  readonly packages: readonly string[];
  readonly kernels: readonly string[];
  /** Lines of a requirements file. */
  readonly extensions: readonly string[];
  readonly files: readonly PlacedFile[];
}

/** A file that is put into an image. */
export interface PlacedFile {
  /** Its absolute path there. */
  readonly target: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

/** A Python package that somebody asks for. */
export interface Requirement {
  /** As packages are compared: small letters, single dashes. */
  readonly name: string;
  /** The version that it is pinned to. */
  readonly pinned?: string;
  /** The line that pip gets. */
  readonly line: string;
}

/** A line that isn't one. */
export interface RequirementProblem {
  readonly line: number;
  readonly value: string;
  readonly problem: string;
}

const name = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?";
const version = "(?:===|~=|==|!=|<=|>=|<|>)\\s*[A-Za-z0-9.*+!_-]+";
const requirement = new RegExp(
  `^(${name})\\s*(?:\\[[A-Za-z0-9._,\\s-]*\\])?\\s*` +
    `((?:${version}(?:\\s*,\\s*${version})*)?|@\\s*(?:git\\+)?https://[^\\s;'"\`$\\\\]+)` +
    `\\s*(?:;[\\w\\s.,'"<>=!~()-]+)?$`,
);

/** A package's name as PEP 503 compares it. */
export function packageName(text: string): string {
  return text.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Reads one requirement: a name, with versions, an address or a marker. Nothing else is one. */
export function parseRequirement(text: string): Requirement | undefined {
  const line = text.trim();
  const [, found, versions = ""] = requirement.exec(line) ?? [];
  if (found === undefined) return undefined;
  const [, pinned] = /^={2,3}\s*([^,*\s]+)$/.exec(versions.trim()) ?? [];
  return { name: packageName(found), line, ...(pinned !== undefined && { pinned }) };
}

/** Reads a requirements file. */
export function parseRequirements(text: string): {
  requirements: Requirement[];
  problems: RequirementProblem[];
} {
  const requirements: Requirement[] = [];
  const problems: RequirementProblem[] = [];
  text.split(/\r?\n/).forEach((whole, index) => {
    const value = whole.replace(/(^|\s)#.*$/, "").trim();
    if (value === "") return;
    const read = parseRequirement(value);
    if (read) requirements.push(read);
    else problems.push({ line: index + 1, value, problem: whyNot(value) });
  });
  return { requirements, problems };
}

function whyNot(value: string): string {
  if (value.startsWith("-")) return "is an option of pip, not a package";
  if (value.endsWith("\\")) return "goes on in the next line";
  if (/^(\.{0,2}\/|file:)/.test(value)) return "is a file of this computer, not a package";
  return "is not the name of a Python package";
}
