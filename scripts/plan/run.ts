/**
 * Runs the program in this process against mocked providers, and records every registration as the
 * engine sees it: parent, protection, dependencies, which inputs are secret.
 */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { Engine, project, type Monitor, type Program, type Runtime } from "./engine";
import { calls, type Mock } from "./mocks";

export interface MockRun {
  readonly stack: string;
  /** Values below semesterhub:, sections as objects. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys that are encrypted. */
  readonly secretKeys?: readonly string[];
  /** Leaves unknown what only a provider can tell, as a first preview does. Default: false. */
  readonly preview?: boolean;
  /** Stands between the engine and each mock. Default: nothing does. */
  readonly around?: (type: string, mock: Mock) => Mock;
}

/**
 * Runs a program; what the program throws is in `error`. Throws where it declares a type that has no
 * mock. `entry` answers the stack's outputs.
 */
export async function runMocked(options: MockRun, entry: () => unknown): Promise<Program> {
  const { stack, preview = false } = options;
  const engine = new Engine(stack, preview, runtime, options.around);
  let error: Error | undefined;
  Object.assign(Error, withoutTraces);
  // Each run has a store of its own, so that nothing of an earlier one is seen.
  await inFreshStore(async () => {
    await pulumi.runtime.setMocks(unusedMocks, project, stack, preview, "organization");
    engine.attach(pulumi.runtime.getMonitor() as unknown as Monitor);
    pulumi.runtime.setAllConfig(rawConfig(options.config), options.secretKeys?.map(key));
    await runtime.runInPulumiStack(async () => {
      try {
        return await entry();
      } catch (thrown) {
        error = thrown instanceof Error ? thrown : new Error(String(thrown));
        return undefined;
      }
    });
    await engine.settle();
  }).finally(() => {
    Object.assign(Error, usualTraces);
  });
  if (engine.unmocked.length > 0) {
    throw new Error(`scripts/plan/mocks.ts has no mock for ${engine.unmocked.join(", ")}`);
  }
  return engine.program(error);
}

// The SDK takes a stack trace for every property, which costs as much as the program itself. Runs may
// overlap, so the usual settings are those from before any run.
const withoutTraces = { stackTraceLimit: 0, prepareStackTrace: String };
const usualTraces = {
  stackTraceLimit: Error.stackTraceLimit,
  prepareStackTrace: Reflect.get(Error, "prepareStackTrace") as unknown,
};

const load = createRequire(require.resolve("@pulumi/pulumi"));
// The SDK records which promises are still open, to show them when the process ends.
(load("@pulumi/pulumi/runtime/debuggable") as Record<string, unknown>).debuggablePromise = (
  promise: unknown,
) => promise;

const unusedMocks: pulumi.runtime.Mocks = {
  newResource: ({ type }) => {
    throw new Error(`${type} was read, not registered: the mocked engine can't do that`);
  },
  call: ({ token, inputs }) => {
    const answer = calls[token];
    if (answer) return answer(inputs as Record<string, unknown>);
    throw new Error(`The program calls ${token}, which needs a provider at every preview`);
  },
};

const runtime = pulumi.runtime as unknown as Runtime;

function inFreshStore(run: () => Promise<void>): Promise<void> {
  const { LocalStore } = load("@pulumi/pulumi/runtime/state") as { LocalStore: new () => object };
  const { asyncLocalStorage } = globalThis as unknown as {
    asyncLocalStorage: { run(store: object, run: () => Promise<void>): Promise<void> };
  };
  return asyncLocalStorage.run(new LocalStore(), run);
}

function key(name: string): string {
  return `${project}:${name}`;
}

function rawConfig(config: MockRun["config"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      key(name),
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
