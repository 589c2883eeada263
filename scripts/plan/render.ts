/** From the registrations of a run to a plan: stable, readable, without secrets or personal data. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { shellScript } from "../../components/lib/shell";
import type { Program, Registration } from "./engine";
import { digest } from "./facts";
import { unpacked } from "./mocks";
import { shortType, type PlannedResource } from "./plan";

/** Every resource of a run by its key, in the order of the tree. */
export function renderResources(program: Program): Record<string, PlannedResource> {
  const keys = keysOf(program.resources);
  const byParent = new Map<string, Registration[]>();
  for (const resource of program.resources) {
    const parent = keys.has(resource.parent) ? resource.parent : "";
    byParent.set(parent, [...(byParent.get(parent) ?? []), resource]);
  }
  const rendered: Record<string, PlannedResource> = {};
  const waits = new Map(
    program.resources.map(({ urn, dependencies }) => [urn, new Set(dependencies)] as const),
  );
  const visit = (parent: string): void => {
    const key = ({ urn }: Registration) => keys.get(urn) ?? urn;
    const children = [...(byParent.get(parent) ?? [])].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    for (const child of children) {
      rendered[key(child)] = renderResource(child, keys, waits);
      visit(child.urn);
    }
  };
  visit("");
  return rendered;
}

/** "docker:Service semesterhub-dev-hub" for each URN; the parent too where two would be the same. */
function keysOf(resources: readonly Registration[]): ReadonlyMap<string, string> {
  const short = ({ type, name }: Registration) => `${shortType(type)} ${name}`;
  const seen = new Map<string, number>();
  for (const resource of resources) {
    seen.set(short(resource), (seen.get(short(resource)) ?? 0) + 1);
  }
  return new Map(
    resources.map((resource) => {
      const key = short(resource);
      const of = resource.parent.split("::").slice(-1)[0] ?? "";
      return [resource.urn, seen.get(key) === 1 ? key : `${key} (of ${of})`];
    }),
  );
}

type Waits = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether a resource waits for another, directly or through others. */
function reaches(from: string, to: string, waits: Waits, seen = new Set<string>()): boolean {
  for (const next of waits.get(from) ?? []) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(next, to, waits, seen)) return true;
  }
  return false;
}

function renderResource(
  resource: Registration,
  keys: ReadonlyMap<string, string>,
  waits: Waits,
): PlannedResource {
  const keyOf = (urn: string) => keys.get(urn);
  const provider = keyOf(resource.provider.replace(/::[^:]*$/, ""));
  const parent = keyOf(resource.parent);
  const deletedWith = keyOf(resource.deletedWith);
  const replaceWith = resource.replaceWith.flatMap((urn) => keyOf(urn) ?? []);
  // What another of them waits for already is left out.
  const { dependencies } = resource;
  const dependsOn = dependencies
    .filter((urn) => !dependencies.some((other) => other !== urn && reaches(other, urn, waits)))
    .map(keyOf)
    .filter((key) => key !== undefined && key !== provider && key !== parent) as string[];
  // The SDK of @pulumi/command adds it to every command.
  const replaceOnChanges = resource.replaceOnChanges.filter((path) => path !== "triggers[*]");
  const inputs = renderInputs(resource);
  return {
    ...(parent !== undefined && { parent }),
    ...(provider !== undefined && { provider }),
    ...(dependsOn.length > 0 && { dependsOn: [...new Set(dependsOn)].sort() }),
    ...(deletedWith !== undefined && { deletedWith }),
    ...(replaceWith.length > 0 && { replaceWith }),
    ...(resource.replacementTrigger !== null && {
      replacementTrigger: resource.replacementTrigger,
    }),
    ...(resource.protect && { protect: true }),
    ...(resource.retainOnDelete && { retainOnDelete: true }),
    ...(resource.deleteBeforeReplace && { deleteBeforeReplace: true }),
    ...(resource.ignoreChanges.length > 0 && { ignoreChanges: resource.ignoreChanges }),
    ...(replaceOnChanges.length > 0 && { replaceOnChanges }),
    ...(resource.importId !== "" && { import: resource.importId }),
    ...(Object.keys(inputs).length > 0 && { inputs }),
  };
}

function renderInputs({ type, inputs, secrets }: Registration): Record<string, unknown> {
  const hidden = new Set(secrets);
  const { stdin, connection, ...others } = inputs;
  const rendered = renderValue(others, "", hidden) as Record<string, unknown>;
  if (connection !== undefined) rendered.connection = renderConnection(connection);
  if (stdin === undefined) return rendered;
  // What a script is given travels on standard input, behind the script itself.
  if (type === "command:remote:Command") return { ...rendered, ...renderPacked(stdin) };
  return { ...rendered, stdin: renderText(stdin, hidden.has("stdin")) };
}

function renderValue(value: unknown, path: string, hidden: ReadonlySet<string>): unknown {
  if (hidden.has(path)) return renderSecret(value);
  if (typeof value === "string")
    return path === "data" ? renderData(value) : renderText(value, false);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => renderValue(item, `${path}[${index}]`, hidden));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      renderValue(item, path === "" ? key : `${path}.${key}`, hidden),
    ]),
  );
}

function renderSecret(value: unknown): string {
  return `secret (${digest(JSON.stringify(value))})`;
}

function renderText(value: unknown, secret: boolean): unknown {
  if (secret) return renderSecret(value);
  return typeof value === "string" ? (scripts().get(value) ?? value) : value;
}

/** A Swarm config's content. */
function renderData(base64: string): unknown {
  const text = Buffer.from(base64, "base64").toString();
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return text;
  }
  const record = content as Readonly<Record<string, unknown>>;
  const isClassList = Array.isArray(record.students) && Array.isArray(record.staff);
  return isClassList ? `the class list (${digest(text)})` : content;
}

/** Whom a command reaches and through whom, on one line. */
function renderConnection(connection: unknown): string {
  const hop = (value: unknown): string => {
    const { user, host, port, proxy } = value as Readonly<Record<string, unknown>>;
    const own = `${String(user)}@${String(host)}:${String(port)}`;
    return proxy === undefined ? own : `${own} through ${hop(proxy)}`;
  };
  return hop(connection);
}

function renderPacked(stdin: unknown): Record<string, unknown> {
  const packed = unpacked(stdin);
  return {
    ...(packed.create !== "" && { create: renderText(packed.create, false) }),
    ...(packed.delete !== "" && { delete: renderText(packed.delete, false) }),
    environment: Object.fromEntries(
      Object.entries(packed.environment).map(([key, value]) => [key, renderText(value, false)]),
    ),
    ...(packed.stdin !== "" && { stdin: renderSecret(packed.stdin) }),
  };
}

let known: ReadonlyMap<string, string> | undefined;

/** What runs on machines, by its text: a plan names the file and shows a digest. */
function scripts(): ReadonlyMap<string, string> {
  known ??= new Map(
    readdirSync(join("components", "shell"), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(sh|awk)$/.test(file))
      .map((file) => [shellScript(file), `${file} (${digest(shellScript(file))})`]),
  );
  return known;
}
