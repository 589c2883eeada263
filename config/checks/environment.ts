/** What must hold of a course's environment before its image is built. */
import { parseRequirement, parseRequirements, type Requirement } from "../environment";
import type { HostFacts } from "../hostFacts";
import type { Problem } from "../problems";
import { orExplain, readOrExplain } from "../readOrExplain";
import type { Sections } from "../schema";
import { formatSize } from "../values";
import type { Rule } from "./rule";

type Section = NonNullable<Sections["environment"]>;
type Path = Problem["path"];

/** What all files of an environment may hold; more belongs into /srv/shared. */
const largest = 256 * 2 ** 20;

/** Folders that are mounted over while a server runs, or that the image's own parts depend on. */
const closed =
  /^\/($|(?:(?:bin|boot|dev|home|lib|lib64|proc|root|run|sbin|sys|tmp)|srv\/(?:shared|groups|nbgrader|course|library)|opt\/notebook\/(?:bin|lib)|opt\/semesterhub|var\/lib\/(?:extrausers|dpkg|apt)|usr\/lib\/python3[^/]*|usr\/share\/semesterhub)(?:\/|$)|(?:etc|opt|srv|usr|var)$|etc\/(?:passwd|group|shadow|nsswitch\.conf|ld\.so[^/]*)$)/;

export const checkEnvironment: Rule = ({ environment, hostFacts }) =>
  environment ? environmentProblems(["environment"], environment, hostFacts) : [];

/** What is wrong with an environment that is written at a path. */
export function environmentProblems(path: Path, section: Section, around: HostFacts): Problem[] {
  const problems: Problem[] = [];
  const inFile = readRequirements(path, section, around, problems);
  const extensions = section.extensions.flatMap((text, index) => {
    const at = [...path, "extensions", index];
    const read = parseRequirement(text);
    if (read && !text.includes("@") && !text.includes(";")) return [{ ...read, at }];
    problems.push({
      path: at,
      value: text,
      problem: "is not the name of a Python package",
      fix: 'write a name, with a version if need be, for example "jupyterlab-git"',
    });
    return [];
  });
  const at = [...path, "requirements"];
  problems.push(
    ...repeated([...inFile.map((one) => ({ ...one, at })), ...extensions], around),
    ...listedTwice([...path, "packages"], section.packages),
    ...listedTwice([...path, "kernels"], section.kernels),
    ...misplaced([...path, "files"], section.files, around),
    ...besideAnImage(path, section),
  );
  return problems;
}

/** Somebody else's image is taken as it is. */
function besideAnImage(path: Path, { image, ...lists }: Section): Problem[] {
  if (image === undefined) return [];
  return Object.entries(lists)
    .filter(([, value]) => value !== undefined && Object.keys(value).length > 0)
    .map(([key]) => ({
      path: [...path, key],
      problem: "is for the course's own image, and image names another",
      fix: "leave it out, or build an image that has it: FROM the one that image names",
    }));
}

function readRequirements(
  path: Path,
  { requirements: file }: Section,
  around: HostFacts,
  problems: Problem[],
): readonly Requirement[] {
  if (file === undefined) return [];
  const at = [...path, "requirements"];
  const text = readOrExplain(at, file, around, problems);
  if (text === undefined) return [];
  const read = parseRequirements(text);
  for (const { line, value, problem } of read.problems) {
    problems.push({
      path: at,
      value,
      problem: `${file} line ${line}: ${problem}`,
      fix: "write NAME, NAME==VERSION or NAME @ https://…, a package a line",
    });
  }
  return read.requirements;
}

/** Packages that are asked for twice, or that the image has in another version. */
function repeated(
  wanted: readonly (Requirement & { readonly at: Path })[],
  { pinned }: HostFacts,
): Problem[] {
  const seen = new Set<string>();
  return wanted.flatMap(({ name, pinned: version, line, at }): Problem[] => {
    const there = pinned.get(name);
    const problem = seen.has(name)
      ? "asks for a package that is asked for before"
      : there !== undefined && version !== undefined && version !== there
        ? `asks for another version than the notebook image has, ${name} ${there}`
        : undefined;
    seen.add(name);
    if (problem === undefined) return [];
    return [{ path: at, value: line, problem, fix: "leave the line out, or its version" }];
  });
}

function listedTwice(path: Path, names: readonly string[]): Problem[] {
  return names.flatMap((name, index): Problem[] =>
    names.indexOf(name) === index
      ? []
      : [{ path: [...path, index], value: name, problem: "is listed twice", fix: "leave it out" }],
  );
}

/** The folders that a path is in. */
function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index).join("/")).slice(2);
}

function misplaced(path: Path, files: Section["files"], around: HostFacts): Problem[] {
  const problems: Problem[] = [];
  const taken = new Set<string>();
  let bytes = 0;
  for (const [target, source] of Object.entries(files)) {
    const at = [...path, target];
    if (closed.test(target)) {
      problems.push({
        path: at,
        value: source,
        problem: "can't be put there: the folder belongs to the server itself or to its people",
        fix: "choose a place such as /usr/local/share/course, /opt/course or /etc/NAME",
      });
    }
    const found = orExplain(at, source, around, problems, () => around.collect(source)) ?? [];
    bytes += found.reduce((sum, { content }) => sum + content.length, 0);
    const whole = found.map((file) => (file.path === "" ? target : `${target}/${file.path}`));
    const clash = whole.find(
      (file) => taken.has(file) || parentsOf(file).some((folder) => taken.has(folder)),
    );
    for (const file of whole) taken.add(file);
    if (clash !== undefined) {
      problems.push({
        path: at,
        value: source,
        problem: `puts something where a file is put already: ${clash}`,
        fix: "choose another place for one of them",
      });
    }
    const odd = found.find((file) => !/^[\w./@+ -]*$/.test(file.path));
    if (odd) {
      problems.push({
        path: at,
        value: source,
        problem: `has a file whose name can't be used: ${odd.path}`,
        fix: "name it with letters, digits, blanks and . _ - + @",
      });
    }
  }
  if (bytes > largest) {
    problems.push({
      path,
      value: formatSize(bytes),
      problem: `is more than an image should carry, ${formatSize(largest)}`,
      fix: "put large data into the shared folder, where staff can write: /srv/shared",
    });
  }
  return problems;
}
