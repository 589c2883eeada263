// Courses whose plans tests compare: the example on machines that exist, and what is changed in it.
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declareStack } from "../../../scripts/plan/declare";
import { trackedFiles } from "../../../scripts/plan/facts";
import type { Plan } from "../../../scripts/plan/plan";
import { fromYaml, toYaml } from "../../../scripts/plan/stackFile";
import { runIndex } from "../lib/harness";

export type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The sections of a Pulumi.<stack>.yaml. */
export function sectionsOf(stack: string): Sections {
  const { config } = fromYaml(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as {
    readonly config: Sections;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, section]) => [key.replace("semesterhub:", ""), section]),
  );
}

export interface Working {
  /** Files of the working copy beside the stack's, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files of images/ that somebody edited. */
  readonly edited?: readonly string[];
}

const known = new Map<string, Promise<Plan>>();

/** The plan of these sections in a working copy that has these files; made once for all who ask. */
export function planOf(...args: Parameters<typeof makePlan>): Promise<Plan> {
  const key = JSON.stringify(args);
  const plan = known.get(key) ?? makePlan(...args);
  known.set(key, plan);
  return plan;
}

async function makePlan(
  stack: string,
  sections: Readonly<Record<string, unknown>>,
  { files = {}, edited = [] }: Working = {},
): Promise<Plan> {
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-plan-test-"));
  const config = Object.fromEntries(
    Object.entries(sections).map(([key, section]) => [`semesterhub:${key}`, section]),
  );
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), toYaml({ config }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const here = process.cwd();
  if (edited.length > 0) {
    copyImages(folder);
    for (const file of edited) appendFileSync(join(folder, file), "# edited\n");
    process.chdir(folder);
  }
  try {
    const declared = await declareStack(folder, stack, new Set(Object.keys(files)), () =>
      runIndex(),
    );
    return declared.plan;
  } finally {
    process.chdir(here);
  }
}

/** What git has of images/, where the program looks: in the folder that it runs in. */
function copyImages(folder: string): void {
  for (const file of trackedFiles(process.cwd())) {
    if (file.startsWith("images/")) cpSync(file, join(folder, file));
  }
  execFileSync("git", ["init", "-q"], { cwd: folder });
  execFileSync("git", ["add", "-A"], { cwd: folder });
}
