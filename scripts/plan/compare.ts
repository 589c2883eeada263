/** What differs between two plans of a stack. */
import { isReplaced, isWithin } from "./replaces";
import { typeOf, type Plan, type PlannedResource } from "./plan";

/** One value that differs; undefined where there is none on that side. */
export interface Difference {
  /** "taskSpec.containerSpec.image". */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What happens to one resource. */
export interface Change {
  readonly key: string;
  readonly type: string;
  /** "order": what it waits for or belongs to, and nothing of itself. */
  readonly kind: "create" | "update" | "replace" | "delete" | "order";
  readonly before?: PlannedResource;
  readonly after?: PlannedResource;
  /** Of its inputs; empty where it comes or goes. */
  readonly differences: readonly Difference[];
}

/** Every resource that differs, in the order of the head's plan, then those that go. */
export function comparePlans(base: Plan, head: Plan): Change[] {
  const changes: Change[] = [];
  for (const [key, after] of Object.entries(head.resources)) {
    const before = base.resources[key];
    const change = before === undefined ? created(key, after) : changed(key, before, after);
    if (change) changes.push(change);
  }
  replaceWithOthers(changes, base, head);
  for (const [key, before] of Object.entries(base.resources)) {
    if (key in head.resources) continue;
    changes.push({ key, type: typeOf(key), kind: "delete", before, differences: [] });
  }
  return changes;
}

/** What is replaced because something else is. */
function replaceWithOthers(changes: Change[], base: Plan, head: Plan): void {
  const replaced = new Set(changes.flatMap(({ key, kind }) => (kind === "replace" ? [key] : [])));
  const known = new Map(changes.map((change, index) => [change.key, index]));
  for (const [key, after] of Object.entries(head.resources)) {
    const before = base.resources[key];
    if (before === undefined || !after.replaceWith?.some((other) => replaced.has(other))) continue;
    const index = known.get(key) ?? changes.length;
    const differences = changes[index]?.differences ?? [];
    changes[index] = { key, type: typeOf(key), kind: "replace", before, after, differences };
  }
}

function created(key: string, after: PlannedResource): Change {
  return { key, type: typeOf(key), kind: "create", after, differences: [] };
}

function changed(key: string, before: PlannedResource, after: PlannedResource): Change | undefined {
  const type = typeOf(key);
  const { ignoreChanges = [] } = after;
  const differences = differencesOf(before.inputs ?? {}, after.inputs ?? {}).filter(
    ({ path }) => !ignoreChanges.some((input) => isWithin(path, input)),
  );
  const paths = differences.map(({ path }) => path);
  if (paths.length > 0) {
    const kind = isReplaced(type, paths, after) ? "replace" : "update";
    return { key, type, kind, before, after, differences };
  }
  const trigger = [before.replacementTrigger, after.replacementTrigger] as const;
  if (!trigger.includes(undefined) && trigger[0] !== trigger[1]) {
    const difference = { path: "replacementTrigger", before: trigger[0], after: trigger[1] };
    return { key, type, kind: "replace", before, after, differences: [difference] };
  }
  const rest = (resource: PlannedResource) => JSON.stringify({ ...resource, inputs: undefined });
  if (rest(before) === rest(after)) return undefined;
  return { key, type, kind: "order", before, after, differences };
}

/** The values that differ between two trees. */
export function differencesOf(before: unknown, after: unknown, path = ""): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, before, after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const isList = Array.isArray(before);
  return keys.flatMap((key) => {
    const inner = isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    return differencesOf(before[key], after[key], inner);
  });
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
