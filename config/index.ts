/** The configuration of one semester. The only reader of Pulumi's configuration. */
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "./parse";
import { formatProblems } from "./problems";
import { readHostFacts } from "./hostFacts";
import type { SemesterConfig } from "./types";

export type * from "./types";
export type { AlertsConfig } from "./alerts";
export type { Subnet } from "./values";

const namespace = "semesterhub:";

/**
 * Reads the stack's configuration, complete and checked. Throws one error that lists every
 * problem; it is called before any resource is declared, so that nothing is made then.
 */
export function loadConfig(): SemesterConfig {
  const ours = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(namespace))
    .map(([key, value]) => [key.slice(namespace.length), value] as const);
  const stack = pulumi.getStack();
  const parsed = parseConfig(
    {
      stack,
      values: Object.fromEntries(ours),
      secretKeys: new Set(ours.map(([key]) => key).filter(isSecret)),
    },
    readHostFacts(process.cwd()),
  );
  // A RunError is shown as its message alone, without a stack trace.
  if (parsed.problems) throw new pulumi.RunError(formatProblems(stack, parsed.problems));
  return parsed.config;
}

/**
 * Whether a key is encrypted. Pulumi tells its programs but has no public function for it; a key
 * whose state is unknown counts as encrypted.
 */
function isSecret(key: string): boolean {
  const runtime = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return runtime.isConfigSecret?.(`${namespace}${key}`) ?? true;
}
