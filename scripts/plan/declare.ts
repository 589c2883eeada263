/** Makes a stack's plan from what git has. */
import { parseConfig } from "../../config/parse";
import { secretAt } from "../../config/problems";
import { assumeHostFacts } from "../../config/hostFacts";
import type { SemesterConfig } from "../../config/types";
import { digest, nobody, planFacts } from "./facts";
import type { Registration } from "./engine";
import type { Plan } from "./plan";
import { renderResources } from "./render";
import { runMocked } from "./run";
import { versioned } from "./versions";
import { readStackFile, type StackFile } from "./stackFile";

/** A stack's plan, and what was declared as it was made. */
export interface Declared {
  readonly plan: Plan;
  readonly resources: readonly Registration[];
}

/**
 * The plan of a stack. Throws the program's own message where the configuration is refused.
 *
 * @param loadProgram runs index.ts anew
 */
export async function declareStack(
  folder: string,
  stack: string,
  tracked: ReadonlySet<string>,
  loadProgram: () => unknown,
): Promise<Declared> {
  const missing = new Set<string>();
  const facts = planFacts(folder, tracked, missing);
  const { file, notSet } = withSecrets(readStackFile(folder, stack), facts);
  assumeHostFacts(facts);
  // What an image is built for is a fact of the computer as well.
  const usual = process.arch;
  Object.defineProperty(process, "arch", { value: "x64" });
  try {
    const program = await runMocked({ ...file, around: versioned }, loadProgram);
    if (program.error) throw program.error;
    const config = configOf(file, facts);
    const plan: Plan = {
      stack,
      platform: config.platform.kind,
      classList: {
        students: config.roster.students.filter((name) => name !== nobody).length,
        staff: config.roster.staff.length,
        groups: Object.keys(config.roster.groups).length,
        version: digest(JSON.stringify(config.roster)),
      },
      ...(missing.size > 0 && { notInGit: [...missing].sort() }),
      ...(notSet.length > 0 && { notSet }),
      resources: renderResources(program),
    };
    return { plan, resources: program.resources };
  } finally {
    assumeHostFacts(undefined);
    Object.defineProperty(process, "arch", { value: usual });
  }
}

type Facts = ReturnType<typeof planFacts>;

const rawValues = ({ config }: StackFile) =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

const parsed = (file: StackFile, facts: Facts) =>
  parseConfig(
    { stack: file.stack, values: rawValues(file), secretKeys: new Set(file.secretKeys) },
    facts,
  );

function configOf(file: StackFile, facts: Facts): SemesterConfig {
  const { config } = parsed(file, facts);
  if (!config) throw new Error(`Pulumi.${file.stack}.yaml: refused, although the program took it`);
  return config;
}

/**
 * Stand-ins for the secrets that the configuration lacks: an example in git has none, and each course
 * sets its own.
 */
function withSecrets(file: StackFile, facts: Facts): { file: StackFile; notSet: string[] } {
  const config = structuredClone(file.config) as Record<string, unknown>;
  const secretKeys = new Set(file.secretKeys);
  const notSet: string[] = [];
  for (const { path, ...rest } of parsed(file, facts).problems ?? []) {
    const [section = "", ...inner] = path.map(String);
    if ("value" in rest || !secretAt(config, path)) continue;
    const leaf = inner.pop() ?? "";
    let place = (config[section] ??= {}) as Record<string, unknown>;
    for (const key of inner) place = (place[key] ??= {}) as Record<string, unknown>;
    place[leaf] = digest(path.join(".")).repeat(5);
    secretKeys.add(section);
    notSet.push(path.join("."));
  }
  return { file: { ...file, config, secretKeys: [...secretKeys] }, notSet };
}
