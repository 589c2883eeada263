// What messages advise is tried: a command is whole, and a value that is given as an example is taken.
import { formatPath, formatProblems, type Problem } from "../../../config/problems";
import { parse, valid, type RawSections } from "../lib/configHelp";
import { refusals as others } from "../lib/refusals";
import { refusalsMachines } from "../lib/refusalsMachines";
import { refusalsReach } from "../lib/refusalsReach";

type Step = string | number;

/** A configuration with another value at a path. */
function withValue(sections: RawSections, path: readonly Step[], value: unknown): RawSections {
  const set = (node: unknown, [step, ...rest]: readonly Step[]): unknown => {
    if (step === undefined) return value;
    const copy = (Array.isArray(node) ? [...(node as unknown[])] : { ...(node as object) }) as Record<Step, unknown>; // prettier-ignore
    copy[step] = set(copy[step], rest);
    return copy;
  };
  return set(sections, path) as RawSections;
}

const key = ({ path, problem }: Problem) => `${formatPath(path)}: ${problem}`;
const table = Object.values({ ...others, ...refusalsMachines, ...refusalsReach }).flat();

/** Every problem of every configuration that is refused, with the configuration. */
const told = table.flatMap(([changes, , , , , base]) => {
  const sections: RawSections = { ...(base ?? valid.local), ...changes };
  return (parse(sections).problems ?? []).map((problem) => ({ sections, problem }));
});

const commands = told.filter(({ problem }) => problem.fix.includes("pulumi config set"));
const examples = told.flatMap(({ sections, problem }) => {
  // of a key's own name, or of another key: the value does not belong there
  if (problem.problem.startsWith("this key ") || /^write [a-z]+\.[a-z]+/.test(problem.fix))
    return [];
  const [, written = ""] = /^write .*, for example (.+)$/.exec(problem.fix) ?? [];
  // A value as YAML and JSON have it; else it is a sentence about several.
  const isValue = /^("[^"]*"|\[.*\]|\{.*\}|\d+(\.\d+)?|true|false)$/.test(written);
  return isValue ? [{ sections, problem, value: JSON.parse(written) as unknown }] : [];
});

test("there are some of each", () => {
  expect(commands.length).toBeGreaterThan(4);
  expect(examples.length).toBeGreaterThan(40);
});

test.each(commands.map((one) => [key(one.problem), one] as const))(
  "a command is whole, and does it: %s",
  (_, { sections, problem }) => {
    const message = formatProblems("autumn", [problem]);
    const [, path = ""] =
      /pulumi config set --stack autumn --secret --path '(\S+)'$/m.exec(message) ?? [];
    const steps = path
      .replace(/^semesterhub:/, "")
      .replace(".KEY", ".moodle")
      .split(".");
    expect(steps.slice(0, problem.path.length)).toEqual(problem.path);
    // A secret, or an address with one in it.
    const given = steps.at(-1) === "url" ? "https://chat.example.edu/" : "";
    const after = parse(
      withValue(sections, steps, `${given}a-secret-of-32-letters-and-more-x`),
      {},
      {
        secretKeys: [String(problem.path[0])],
      },
    );
    expect((after.problems ?? []).map(key)).not.toContain(key(problem));
  },
);

test.each(examples.map((one) => [key(one.problem), one] as const))(
  "the example is taken: %s",
  (_, { sections, problem, value }) => {
    const after = parse(withValue(sections, problem.path, value));
    expect((after.problems ?? []).map(key)).not.toContain(key(problem));
  },
);
