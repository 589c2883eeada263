/** Reads a Pulumi.<stack>.yaml without decrypting anything. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "yaml";

/** The configuration of a stack as its file has it. */
export interface StackFile {
  readonly stack: string;
  /** Values below semesterhub:, sections as objects. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys with an encrypted value in them. */
  readonly secretKeys: readonly string[];
}

const namespace = "semesterhub:";

/** Throws where the file is missing, is no YAML, or has a section that is encrypted as a whole. */
export function readStackFile(folder: string, stack: string): StackFile {
  const name = `Pulumi.${stack}.yaml`;
  const document = yaml.parse(readFileSync(join(folder, name), "utf8")) as {
    readonly config?: Readonly<Record<string, unknown>>;
  } | null;
  const config: Record<string, unknown> = {};
  const secretKeys: string[] = [];
  for (const [full, value] of Object.entries(document?.config ?? {})) {
    if (!full.startsWith(namespace)) continue;
    const key = full.slice(namespace.length);
    const { plain, encrypted } = withoutCiphertext(value);
    if (encrypted && typeof value === "object" && typeof plain === "string") {
      throw new Error(
        `${name}: ${full} is encrypted as a whole, so nobody can see what it changes. ` +
          `Encrypt the secret in it: pulumi config set --stack ${stack} --secret --path ${full}.KEY`,
      );
    }
    config[key] = plain;
    if (encrypted) secretKeys.push(key);
  }
  return { stack, config, secretKeys };
}

/**
 * Puts a stand-in where a value is encrypted: a digest of its ciphertext, which says that it changed and
 * nothing of what it is.
 */
function withoutCiphertext(value: unknown): { plain: unknown; encrypted: boolean } {
  if (typeof value !== "object" || value === null) return { plain: value, encrypted: false };
  if (Array.isArray(value)) {
    const items = value.map(withoutCiphertext);
    return {
      plain: items.map(({ plain }) => plain),
      encrypted: items.some(({ encrypted }) => encrypted),
    };
  }
  const record = value as Readonly<Record<string, unknown>>;
  if (typeof record.secure === "string" && Object.keys(record).length === 1) {
    return {
      plain: createHash("sha256").update(record.secure).digest("hex").slice(0, 40),
      encrypted: true,
    };
  }
  const entries = Object.entries(record).map(
    ([key, item]) => [key, withoutCiphertext(item)] as const,
  );
  return {
    plain: Object.fromEntries(entries.map(([key, { plain }]) => [key, plain])),
    encrypted: entries.some(([, { encrypted }]) => encrypted),
  };
}

/** Keys in order, no line folded, so that a diff shows what changed and nothing else. */
export function toYaml(value: unknown): string {
  return yaml.stringify(value, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    sortMapEntries: (a, b) => inOrder(String(a.key), String(b.key)),
  });
}

/** By name, a resource's inputs last. */
function inOrder(a: string, b: string): number {
  if ((a === "inputs") !== (b === "inputs")) return a === "inputs" ? 1 : -1;
  return a < b ? -1 : 1;
}

/** Reads what `toYaml` wrote. */
export function fromYaml(text: string): unknown {
  return yaml.parse(text) as unknown;
}
