/**
 * What a first `up` waits for, from what the program declares: when each resource can begin, and
 * the longest chain to the last of them.
 */
import type { Program, Registration } from "./harness";

/** A resource in time: when it begins and ends, in seconds, and which one it waited for last. */
export interface Step {
  readonly name: string;
  readonly begins: number;
  readonly ends: number;
  readonly after?: Step;
}

/** How long making a resource takes. */
export type Duration = (resource: Registration) => number;

/** All resources of a program in time, were there a processor for each. */
export function schedule({ resources }: Program, lasts: Duration): ReadonlyMap<string, Step> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const steps = new Map<string, Step>();
  const step = (resource: Registration): Step => {
    const known = steps.get(resource.urn);
    if (known) return known;
    const waits = [...resource.dependencies, resource.provider.replace(/::[^:]*$/, "")];
    const before = waits.flatMap((urn) => {
      const other = byUrn.get(urn);
      return other && other !== resource ? [step(other)] : [];
    });
    const last = before.reduce<Step | undefined>(
      (latest, one) => (latest === undefined || one.ends > latest.ends ? one : latest),
      undefined,
    );
    const begins = last?.ends ?? 0;
    const made = {
      name: resource.name,
      begins,
      ends: begins + lasts(resource),
      ...(last === undefined ? {} : { after: last }),
    };
    steps.set(resource.urn, made);
    return made;
  };
  for (const resource of resources) step(resource);
  return steps;
}

/** The chain that ends last, from its first step. */
export function longest(steps: Iterable<Step>): readonly Step[] {
  let last = [...steps].reduce<Step | undefined>(
    (latest, one) => (latest === undefined || one.ends > latest.ends ? one : latest),
    undefined,
  );
  const chain: Step[] = [];
  for (; last !== undefined; last = last.after) chain.unshift(last);
  return chain.filter(({ begins, ends }) => ends > begins);
}

/** What becomes of a step when the same one is there for each node. */
export function forEachNode(name: string): string {
  return name.replace(/(^|-)node-\d+(?=-|$)/, "$1node-N");
}

/** A step of the page: one resource, or the same one of every node. */
interface Box {
  readonly name: string;
  readonly begins: number;
  readonly ends: number;
  readonly after: Set<string>;
}

/** Resources that take this long, in seconds, are shown; those between them are passed over. */
const shown = 1;

/** The page that shows when each longer step begins and what it waits for. */
export function criticalPathPage(program: Program, steps: ReadonlyMap<string, Step>): string {
  const path = longest(steps.values());
  const short = (name: string) => forEachNode(name);
  const critical = new Set(path.map(({ name }) => short(name)));
  // In an order of their own: that of the registrations hangs on the SDK's promises.
  const boxes = new Map(
    [...gather(program, steps, short, new Set(path))].sort(
      ([one, { begins }], [other, { begins: otherBegins }]) =>
        begins - otherBegins || one.localeCompare(other),
    ),
  );
  const ids = new Map([...boxes.keys()].map((name, index) => [name, `s${index}`]));
  const whole = (time: number) => String(Math.round(time));
  const nodes = [...boxes.values()].map(
    ({ name, begins, ends }) =>
      `  ${ids.get(name) ?? ""}["${name}<br>${whole(begins)}–${whole(ends)} s"]${critical.has(name) ? ":::path" : ""}`,
  );
  const edges = [...boxes.values()].flatMap(({ name, after }) =>
    [...after]
      .sort()
      .map((before) =>
        critical.has(name) && critical.has(before)
          ? `  ${ids.get(before) ?? ""} ==> ${ids.get(name) ?? ""}`
          : `  ${ids.get(before) ?? ""} --> ${ids.get(name) ?? ""}`,
      ),
  );
  const rows = path.map(
    ({ name, begins, ends }) =>
      `| \`${short(name)}\` | ${whole(begins)} s | ${whole(ends - begins)} s |`,
  );
  return `# What a first \`npm run up\` waits for

Made by test/unit/program/criticalPath.test.ts from the dependencies that the program declares for a course of
seven nodes; a test holds this page to them. Times of the single steps are those of a small machine,
with a processor for each: what counts is what waits for what. A node's steps are drawn once, as
\`node-N\`; the nodes don't wait for each other.

The longest chain, ${whole(path.at(-1)?.ends ?? 0)} s:

| step | begins after | takes |
| ---- | ------------ | ----- |
${rows.join("\n")}

All steps of a second and more; thick is the longest chain. An arrow is a wait, directly or through
shorter steps.

\`\`\`mermaid
flowchart LR
${nodes.join("\n")}
${edges.join("\n")}
  classDef path stroke-width:3px
\`\`\`
`;
}

function gather(
  { resources }: Program,
  steps: ReadonlyMap<string, Step>,
  short: (name: string) => string,
  path: ReadonlySet<Step>,
): ReadonlyMap<string, Box> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const isShown = (resource: Registration) => {
    const step = steps.get(resource.urn);
    return step !== undefined && (step.ends - step.begins >= shown || path.has(step));
  };
  /** The steps that are shown and that a resource waits for, through those that are not. */
  const seen = new Map<string, ReadonlySet<string>>();
  const waits = ({ urn, dependencies, provider }: Registration): ReadonlySet<string> => {
    const known = seen.get(urn);
    if (known) return known;
    const found = new Set<string>();
    for (const dependency of [...dependencies, provider.replace(/::[^:]*$/, "")]) {
      const other = byUrn.get(dependency);
      if (!other || other.urn === urn) continue;
      if (isShown(other)) found.add(short(other.name));
      else for (const further of waits(other)) found.add(further);
    }
    seen.set(urn, found);
    return found;
  };
  const boxes = new Map<string, Box>();
  for (const resource of resources.filter(isShown)) {
    const name = short(resource.name);
    const { begins = 0, ends = 0 } = steps.get(resource.urn) ?? {};
    const box = boxes.get(name) ?? { name, begins, ends, after: new Set<string>() };
    for (const before of waits(resource)) if (before !== name) box.after.add(before);
    boxes.set(name, box);
  }
  return reduced(boxes);
}

/** Without the arrows that others imply. */
function reduced(boxes: ReadonlyMap<string, Box>): ReadonlyMap<string, Box> {
  const reaches = (from: string, to: string): boolean =>
    [...(boxes.get(from)?.after ?? [])].some((before) => before === to || reaches(before, to));
  const kept = [...boxes.values()].map((box) => ({
    ...box,
    after: new Set(
      [...box.after].filter(
        (before) => ![...box.after].some((other) => other !== before && reaches(other, before)),
      ),
    ),
  }));
  return new Map(kept.map((box) => [box.name, box]));
}
