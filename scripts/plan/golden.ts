/** The golden plans in plans/: which there are, whether they are what the stacks declare. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { violations } from "../../policy/rules";
import { declareStack, type Declared } from "./declare";
import { trackedFiles } from "./facts";
import { loadProgram } from "./loadProgram";
import type { Plan } from "./plan";
import { fromYaml, toYaml } from "./stackFile";

/** The stacks whose configuration is in git. */
export function goldenStacks(tracked: ReadonlySet<string>): string[] {
  return [...tracked]
    .flatMap((path) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(path)?.[1] ?? [])
    .sort();
}

/** Where a stack's plan is, from the working copy. */
export function goldenFile(stack: string): string {
  return `plans/${stack}.yaml`;
}

const heading = (stack: string) =>
  `# What Pulumi.${stack}.yaml declares. Written by \`npm run plan -- --write\`; docs/pull-requests.md.\n`;

/** A plan as a file's text. */
export function formatPlan(plan: Plan): string {
  const { resources, ...about } = plan;
  const body = Object.entries(resources).map(([key, resource]) => toYaml({ [key]: resource }));
  return `${heading(plan.stack)}${toYaml(about)}resources:\n${body.map(indent).join("")}`;
}

const indent = (text: string) => text.replace(/^(?=.)/gm, "  ");

/** Reads a plan's text. */
export function readPlan(text: string): Plan {
  return fromYaml(text) as Plan;
}

/** What a stack declares as its configuration and the program are now. */
export function current(stack: string, tracked = trackedFiles(process.cwd())): Promise<Declared> {
  return declareStack(process.cwd(), stack, tracked, loadProgram);
}

/** The plan as it is in the working copy's file; undefined where there is none. */
export function goldenText(stack: string): string | undefined {
  const file = join(process.cwd(), goldenFile(stack));
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Writes a stack's plan. */
export function writeGolden(stack: string, text: string): void {
  writeFileSync(join(process.cwd(), goldenFile(stack)), text);
}

/** How a stack's file compares with what the stack declares. */
export interface GoldenState {
  readonly stack: string;
  readonly state: "up to date" | "out of date" | "missing" | "written";
  /** Rules of policy/ that the stack breaks. */
  readonly violations: readonly string[];
}

/** Compares the plans of all stacks in git with their files, or writes the files. */
export async function checkGolden({ write }: { readonly write: boolean }): Promise<GoldenState[]> {
  const tracked = trackedFiles(process.cwd());
  const states: GoldenState[] = [];
  for (const stack of goldenStacks(tracked)) {
    const { plan, resources } = await current(stack, tracked);
    const text = formatPlan(plan);
    const there = goldenText(stack);
    const same = there === text;
    if (write && !same) writeGolden(stack, text);
    const differs = there === undefined ? "missing" : "out of date";
    states.push({
      stack,
      state: same ? "up to date" : write ? "written" : differs,
      violations: violations(resources),
    });
  }
  return states;
}
