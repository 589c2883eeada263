/**
 * Runs the whole program in this process, against mocked providers, and sees every registration
 * as the engine would: parent, protection, dependencies, what is secret.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Platform } from "../../../components/machines/machine";
import type { SemesterConfig } from "../../../config";
import type { Program } from "../../../scripts/plan/engine";
import { runMocked, type MockRun } from "../../../scripts/plan/run";

export { reveal, unknown, type Program, type Registration } from "../../../scripts/plan/engine";

export interface RunOptions extends Omit<MockRun, "stack"> {
  /** Default: dev. */
  readonly stack?: string;
  /** Machines that stand for the configured platform's. */
  readonly machines?: (config: SemesterConfig) => Platform;
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

function runOnce({ stack = "dev", machines, entry, ...options }: RunOptions): Promise<Program> {
  return runMocked({ stack, ...options }, entry ?? (() => runIndex(machines)));
}

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
export function runIndex(machines?: RunOptions["machines"]): unknown {
  let outputs: unknown;
  jest.isolateModules(() => {
    for (const [name, loaded] of parts) jest.doMock(name, () => loaded);
    if (machines) {
      jest.doMock(resolve("components/machines"), () => ({ createPlatform: machines }));
    }
    outputs = jest.requireActual<object>(program);
  });
  return outputs;
}
