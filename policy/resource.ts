/** What a rule sees of a resource, under Pulumi and in the tests' mocked engine alike. */

export interface PolicyResource {
  /** "docker:index/service:Service". */
  readonly type: string;
  /** The logical name. */
  readonly name: string;
  /** Its inputs; what is unknown in a preview is undefined. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  /** Paths of the inputs that are secret, where that is known: Pulumi tells it to no policy. */
  readonly secrets?: readonly string[];
}

/** Answers each thing that is wrong with a resource. */
export interface ResourceRule {
  readonly name: string;
  /** What the rule asks for. */
  readonly description: string;
  readonly check: (resource: PolicyResource) => readonly string[];
}

/** Answers each thing that is wrong with a whole stack. */
export interface StackRule {
  readonly name: string;
  readonly description: string;
  readonly check: (resources: readonly PolicyResource[]) => readonly string[];
}

export type Tree = Readonly<Record<string, unknown>>;

export function tree(value: unknown): Tree {
  return typeof value === "object" && value !== null ? (value as Tree) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text, or "" where there is none or it is unknown. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export const isService = ({ type }: PolicyResource) => type === "docker:index/service:Service";
export const isContainer = ({ type }: PolicyResource) =>
  type === "docker:index/container:Container";

/** What runs, the same for a service and a container. */
export interface Runs {
  readonly image: string;
  readonly readOnly: unknown;
  readonly drops: readonly unknown[];
  readonly memory: unknown;
  /** Variables by name. */
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Ports of the machine. */
  readonly ports: readonly number[];
}

/** What a resource runs; undefined where it runs nothing. */
export function runs(resource: PolicyResource): Runs | undefined {
  if (isService(resource)) return serviceRuns(resource.inputs);
  return isContainer(resource) ? containerRuns(resource.inputs) : undefined;
}

function serviceRuns(inputs: Tree): Runs {
  const task = tree(inputs.taskSpec);
  const spec = tree(task.containerSpec);
  const published = list(tree(inputs.endpointSpec).ports).map((port) => tree(port).publishedPort);
  return {
    image: text(spec.image),
    readOnly: spec.readOnly,
    drops: list(spec.capDrops),
    memory: tree(tree(task.resources).limits).memoryBytes,
    environment: texts(tree(spec.env)),
    command: [...list(spec.commands), ...list(spec.args)].map(text),
    ports: published.map(Number),
  };
}

function containerRuns(inputs: Tree): Runs {
  const variables = list(inputs.envs).map((line) => {
    const [name = "", ...rest] = text(line).split("=");
    return [name, rest.join("=")] as const;
  });
  return {
    image: text(inputs.image),
    readOnly: inputs.readOnly,
    drops: list(tree(inputs.capabilities).drops),
    memory: inputs.memory,
    environment: Object.fromEntries(variables),
    command: [...list(inputs.entrypoints), ...list(inputs.command)].map(text),
    ports: list(inputs.ports).map((port) => Number(tree(port).external)),
  };
}

function texts(values: Tree): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
}
