/** Looking at one resource of a plan: its script, its role, its machine. By type and content, not by name. */
import type { Change } from "../compare";
import type { Plan, PlannedResource } from "../plan";

type Tree = Readonly<Record<string, unknown>>;

export function tree(value: unknown): Tree {
  return typeof value === "object" && value !== null ? (value as Tree) : {};
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The resource as it will be, or was. */
export function resourceOf({ before, after }: Change): PlannedResource {
  return after ?? before ?? {};
}

/** The environment of a command, or a container's variables. */
export function environmentOf({ inputs = {} }: PlannedResource): Readonly<Record<string, string>> {
  return tree(inputs.environment) as Readonly<Record<string, string>>;
}

/** The file of a command's script without its folder and ending: "nfs-mount". */
export function scriptOf({ inputs = {} }: PlannedResource, phase: "create" | "delete"): string {
  return /([\w-]+)\.sh \(/.exec(textOf(inputs[phase]))?.[1] ?? "";
}

/** What a Docker object is called without what the stack's all have: "hub", "chp", "firewall". */
export function roleOf({ inputs = {} }: PlannedResource, stack: string): string {
  const prefix = `semesterhub-${stack}-`;
  const name = typeof inputs.name === "string" ? inputs.name : "";
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

export const thisComputer = "this computer";

/** The machine that a resource is on: "hub", "anna"; "" where it is on none. */
export function machineOf(resource: PlannedResource, plan: Plan): string {
  if (plan.platform === "local") return thisComputer;
  const { SEMESTERHUB_MACHINE: own } = environmentOf(resource);
  if (own !== undefined) return own;
  const metadata = /^#?semesterhub-.*-([^-]+(?:-\d+)?)$/.exec(
    textOf(tree(resource.inputs?.metadata).semesterhub),
  );
  if (metadata) return metadata[1] ?? "";
  const [constraint = ""] = (tree(tree(resource.inputs?.taskSpec).placement).constraints ??
    []) as readonly string[];
  const role = /role\.[^=]*==(\w+)$/.exec(constraint)?.[1];
  if (role !== undefined) return role;
  // An engine's provider waits for the command that saw the engine answer on its machine.
  const provider = plan.resources[resource.provider ?? ""];
  for (const key of provider?.dependsOn ?? []) {
    const machine = environmentOf(plan.resources[key] ?? {}).SEMESTERHUB_MACHINE;
    if (machine !== undefined) return machine;
  }
  return "";
}
