/**
 * Runs the whole program in this process, against mocked providers, and sees every registration
 * as the engine would: parent, protection, dependencies, what is secret.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Machines } from "../../../components/machines/machine";
import type { SemesterConfig } from "../../../config";
import { Engine, project, type Monitor, type Program, type Runtime } from "./engine";
import { calls } from "./mocks";

export { reveal, unknown, type Program, type Registration } from "./engine";

export interface RunOptions {
  /** Values below semesterhub:, sections as objects. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  /** Keys that are encrypted. */
  readonly secretKeys?: readonly string[];
  /** Leaves what only a provider can say unknown, as a first preview does. */
  readonly preview?: boolean;
  /** Machines that stand for the configured platform's. */
  readonly machines?: (name: string, config: SemesterConfig) => Machines;
  /** The program; its exports are the stack's outputs. Default: index.ts. */
  readonly entry?: () => unknown;
}

/** A configuration with nothing in it but what has to be. */
export const minimalConfig = {
  course: { title: "Data Science 101" },
  roster: { students: ["ada", "alan"], staff: ["teacher"] },
} as const;

const known = new Map<string, Promise<Program>>();

/**
 * Runs the program; what it throws is in `error`, an unmocked type throws here. What several tests ask
 * for is run once: nobody changes what comes of it.
 */
export function runProgram(options: RunOptions): Promise<Program> {
  if (options.machines ?? options.entry) return runOnce(options);
  const key = JSON.stringify(options);
  const run = known.get(key) ?? runOnce(options);
  known.set(key, run);
  return run;
}

async function runOnce(options: RunOptions): Promise<Program> {
  const { stack = "dev", preview = false, machines, entry = () => runIndex(machines) } = options;
  const engine = new Engine(stack, preview, runtime);
  let error: Error | undefined;
  Object.assign(Error, withoutTraces);
  // Each run has a store of its own, so that nothing of an earlier one is seen.
  await inFreshStore(async () => {
    await pulumi.runtime.setMocks(unusedMocks, project, stack, preview);
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
    throw new Error(`test/unit/lib/mocks.ts has no mock for ${engine.unmocked.join(", ")}`);
  }
  return engine.program(error);
}

// The SDK takes a stack trace for every property, and Jest maps each to the sources: 80 ms of a run is
// the program, and a second would be that. Runs may overlap, so what is usual is what was before any.
const withoutTraces = { stackTraceLimit: 0, prepareStackTrace: String };
const usualTraces = {
  stackTraceLimit: Error.stackTraceLimit,
  prepareStackTrace: Reflect.get(Error, "prepareStackTrace") as unknown,
};

// Nor is it written down which promises are still open: it would show only when the process ends.
jest.requireActual<Record<string, unknown>>("@pulumi/pulumi/runtime/debuggable").debuggablePromise =
  (promise: unknown) => promise;

const program = resolve("index.ts");
/** What index.ts finds loaded already: none of it keeps anything of a run, and all takes a second. */
const parts = new Map(
  ["@pulumi/pulumi", "@pulumi/pulumi/runtime", ...localImports(program)].map((name) => [
    name,
    jest.requireActual<object>(name),
  ]),
);

/** The program's own modules that one of them imports. */
function localImports(file: string): string[] {
  const imports = readFileSync(file, "utf8").matchAll(/ from "(\.[^"]+)";$/gm);
  return [...imports].map(([, name = ""]) => resolve(dirname(file), name));
}

/** Runs index.ts anew; its exports are the outputs. */
function runIndex(machines: RunOptions["machines"]): unknown {
  let outputs: unknown;
  jest.isolateModules(() => {
    for (const [name, loaded] of parts) jest.doMock(name, () => loaded);
    if (machines) {
      jest.doMock(resolve("components/machines"), () => ({ createMachines: machines }));
    }
    outputs = jest.requireActual<object>(program);
  });
  return outputs;
}

const unusedMocks: pulumi.runtime.Mocks = {
  newResource: ({ type }) => {
    throw new Error(`${type} was read, not registered: the harness doesn't know that`);
  },
  call: ({ token, inputs }) => {
    const answer = calls[token];
    if (answer) return answer(inputs as Record<string, unknown>);
    throw new Error(`The program calls ${token}, which needs a provider at every preview`);
  },
};

const runtime = pulumi.runtime as unknown as Runtime;

function inFreshStore(run: () => Promise<void>): Promise<void> {
  const { LocalStore } = jest.requireActual<{ LocalStore: new () => object }>(
    "@pulumi/pulumi/runtime/state",
  );
  const { asyncLocalStorage } = globalThis as unknown as {
    asyncLocalStorage: { run(store: object, run: () => Promise<void>): Promise<void> };
  };
  return asyncLocalStorage.run(new LocalStore(), run);
}

function key(name: string): string {
  return `${project}:${name}`;
}

function rawConfig(config: RunOptions["config"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      key(name),
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
