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
  return name.replace(/-node-\d+(?=-|$)/, "-node-N");
}
