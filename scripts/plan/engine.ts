/** Stands for Pulumi's engine where nothing may be deployed: answers registrations and records them. */
import { createRequire } from "node:module";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { mocks, secretOutputs, type Inputs, type Mock } from "./mocks";

/** One resource as the program declared it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly custom: boolean;
  /** URN of the parent; "" for the stack itself. */
  readonly parent: string;
  /** Inputs in plain values; what is unknown in a preview is the string in `unknown`. */
  readonly inputs: Inputs;
  /** Paths of the inputs that are secret: "data", "environment.TOKEN". */
  readonly secrets: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** URNs. */
  readonly dependencies: readonly string[];
  /** URNs by input. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** URN and ID of an explicit provider, or "". */
  readonly provider: string;
  readonly deletedWith: string;
  /** URNs of what it is replaced with. */
  readonly replaceWith: readonly string[];
  /** What it is replaced for when that changes; null: nothing. */
  readonly replacementTrigger: unknown;
  /** The ID of what is there already and is taken, or "". */
  readonly importId: string;
}

/** What a run of the program declared. */
export interface Program {
  readonly resources: readonly Registration[];
  /** The stack's outputs in plain values, and the names of those that are secret. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secretOutputs: readonly string[];
  /** What the program threw. */
  readonly error: Error | undefined;
  byType(type: string): readonly Registration[];
  /** The one resource of that name (and type, where several share the name). */
  byName(name: string, type?: string): Registration;
}

/** Stands for a value that is unknown in a preview. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
export const project = "semesterhub";

/** Parts of the runtime that the SDK exports without declaring them. */
export interface Runtime {
  runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
  waitForRPCs(): Promise<void>;
}

type Callback = (error: Error | null, response: unknown) => void;

/** The part of the engine's client that is replaced. */
export interface Monitor {
  registerResource(request: RegisterResourceRequest, callback: Callback): void;
  registerResourceOutputs(request: OutputsRequest, callback: Callback): void;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

/** Answers like the engine, and writes everything down. */
export class Engine {
  readonly unmocked: string[] = [];
  private readonly resources: Registration[] = [];
  private readonly outputs = new Map<string, Record<string, unknown>>();

  constructor(
    private readonly stack: string,
    private readonly preview: boolean,
    private readonly runtime: Runtime,
    /** Stands between the engine and each mock. Default: nothing does. */
    private readonly around: (type: string, mock: Mock) => Mock = (_, mock) => mock,
  ) {}

  attach(monitor: Monitor): void {
    monitor.registerResource = (request, callback) => {
      callback(null, this.register(request));
    };
    monitor.registerResourceOutputs = (request, callback) => {
      this.outputs.set(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
      callback(null, {});
    };
  }

  /** Waits until nothing is registered any more. */
  async settle(): Promise<void> {
    for (let before = -1; before !== this.resources.length;) {
      before = this.resources.length;
      await this.runtime.waitForRPCs();
      await new Promise((done) => setImmediate(done));
    }
  }

  program(error: Error | undefined): Program {
    const { resources } = this;
    const [root] = resources;
    const raw = root ? (this.outputs.get(root.urn) ?? {}) : {};
    const outputs = reveal(raw);
    return {
      // The stack itself is no resource of the program.
      resources: resources.slice(1),
      outputs: outputs.value as Record<string, unknown>,
      secretOutputs: outputs.secrets,
      error,
      byType: (type) => resources.filter((resource) => resource.type === type),
      byName: (name, type) => {
        const found = resources.filter(
          (resource) => resource.name === name && (type === undefined || resource.type === type),
        );
        const [only] = found;
        if (found.length === 1 && only) return only;
        const names = resources.map((resource) => `${resource.type} ${resource.name}`);
        throw new Error(
          `${found.length} resources are called ${name}; there are:\n${names.join("\n")}`,
        );
      },
    };
  }

  private register(request: RegisterResourceRequest): object {
    const type = request.getType();
    const name = request.getName();
    const raw = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
    const revealed = reveal(raw);
    const urn = this.urn(type, name, request.getParent());
    const registration: Registration = {
      type,
      name,
      urn,
      custom: request.getCustom(),
      parent: request.getParent(),
      inputs: revealed.value as Inputs,
      secrets: revealed.secrets,
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      dependencies: request.getDependenciesList(),
      propertyDependencies: Object.fromEntries(
        request
          .getPropertydependenciesMap()
          .toArray()
          .map(([input]) => [
            input,
            request.getPropertydependenciesMap().get(input)?.getUrnsList() ?? [],
          ]),
      ),
      provider: request.getProvider(),
      deletedWith: request.getDeletedwith(),
      replaceWith: request.getReplaceWithList(),
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript() ?? null,
      importId: request.getImportid(),
    };
    this.resources.push(registration);
    const { id, outputs } = this.answer(registration);
    return response(urn, id, { ...raw, ...outputs });
  }

  private answer(registration: Registration): { id: string; outputs: Record<string, unknown> } {
    const { type, name, inputs, custom, additionalSecretOutputs } = registration;
    if (!custom) return { id: "", outputs: {} };
    const mock = mocks[type];
    if (!mock) {
      this.unmocked.push(type);
      return { id: name, outputs: {} };
    }
    if (this.preview) return { id: "", outputs: {} };
    const { id, outputs } = this.around(type, mock)(name, inputs);
    const secret = new Set([...additionalSecretOutputs, ...(secretOutputs[type] ?? [])]);
    const marked = Object.entries(outputs).map(([output, value]) => [
      output,
      secret.has(output) ? { [signature]: secretSignature, value } : value,
    ]);
    return { id, outputs: Object.fromEntries(marked) as Record<string, unknown> };
  }

  private urn(type: string, name: string, parent: string): string {
    const parentType = parent.split("::")[2] ?? "";
    const qualified =
      parentType === "" || parentType === "pulumi:pulumi:Stack" ? type : `${parentType}$${type}`;
    return `urn:pulumi:${this.stack}::${project}::${qualified}::${name}`;
  }
}

// The SDK's own copies of both; neither package declares its types.
const load = createRequire(require.resolve("@pulumi/pulumi"));
const { Struct } = load("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: Record<string, unknown>): unknown };
};
const { RegisterResourceResponse } = load("@pulumi/pulumi/proto/resource_pb.js") as {
  RegisterResourceResponse: new () => Record<
    "setUrn" | "setId" | "setObject",
    (value: unknown) => void
  >;
};

function response(urn: string, id: string, state: Record<string, unknown>): object {
  const message = new RegisterResourceResponse();
  message.setUrn(urn);
  message.setId(id);
  message.setObject(Struct.fromJavaScript(state));
  return message;
}

/** Takes the marks off secret values, and says where they were. */
export function reveal(raw: unknown): { value: unknown; secrets: string[] } {
  const secrets: string[] = [];
  const walk = (value: unknown, path: string): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}[${index}]`));
    const record = value as Record<string, unknown>;
    if (record[signature] === secretSignature) {
      secrets.push(path);
      return walk(record.value, path);
    }
    return Object.fromEntries(
      Object.entries(record).map(([name, item]) => [
        name,
        walk(item, path === "" ? name : `${path}.${name}`),
      ]),
    );
  };
  return { value: walk(raw, ""), secrets };
}
