/** What is wrong with a configuration, said so that it can be put right without reading code. */
import { z } from "zod";
import { entries, type Entry } from "./schema/entry";
import { sections } from "./schema";
import { nearest } from "./values";

/** One thing that is wrong. */
export interface Problem {
  /** Where: ["proxy", "port"]; empty for the stack as a whole. */
  readonly path: readonly (string | number)[];
  /** The bad value; absent where there is none. */
  readonly value?: unknown;
  /** What is wrong with it: completes "this value …". */
  readonly problem: string;
  /** What to do. */
  readonly fix: string;
}

/** "semesterhub:roster.students[2]", as `pulumi config set --path` takes it. */
export function formatPath(path: Problem["path"]): string {
  const parts = path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    if (!/^[\w-]+$/.test(part)) return `["${part}"]`;
    return index === 0 ? part : `.${part}`;
  });
  return path.length === 0 ? "stack" : `semesterhub:${parts.join("")}`;
}

/** A value on one line, as it is written in YAML, shortened where it is long. */
function formatValue(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}

/** Every problem as one message. */
export function formatProblems(stack: string, problems: readonly Problem[]): string {
  const said = problems.map(({ path, problem, fix, ...rest }, index) => {
    const value = "value" in rest ? `: ${formatValue(rest.value)}` : "";
    const whole = fix.replace("pulumi config set ", `pulumi config set --stack ${stack} `);
    return `  ${index + 1}. ${formatPath(path)}${value}\n     ${problem}\n     Fix: ${whole}`;
  });
  const heading =
    problems.length === 1
      ? "The configuration has a problem"
      : `The configuration has ${problems.length} problems`;
  return [
    `${heading} (Pulumi.${stack}.yaml). Nothing was changed.`,
    ...said,
    "Every key is explained in docs/configuration.md.",
  ].join("\n\n");
}

/** What the fix line says for a key: what is expected, and an example. */
function fixOf(details: Entry | undefined, path: Problem["path"]): string {
  if (!details) return "see docs/configuration.md";
  const { expects, example, secret } = details;
  if (secret) return `write ${expects}: ${secretCommand(path, isTable(example))}`;
  const shown = example === undefined ? "" : `, for example ${formatValue(example)}`;
  return `write ${expects}${shown}`;
}

/** Whether the example is a section of secrets, each by a key of the operator's. */
function isTable(example: unknown): boolean {
  return typeof example === "object" && example !== null && !("secure" in example);
}

/** The command that encrypts a value; formatProblems puts the stack in. */
export function secretCommand(path: Problem["path"], isTableOfSecrets = false): string {
  return `pulumi config set --secret --path '${formatPath(path)}${isTableOfSecrets ? ".KEY" : ""}'`;
}

interface Place {
  readonly schema: z.core.$ZodType | undefined;
  readonly details: Entry | undefined;
}

/** Takes off the layers (optional, default, …) that zod puts around a schema. */
export function unwrap(schema: z.core.$ZodType): Place {
  let inner: z.core.$ZodType = schema;
  let details = entries.get(inner);
  for (;;) {
    const { def } = inner._zod as unknown as {
      def: { type: string; innerType?: z.core.$ZodType; in?: z.core.$ZodType };
    };
    const next = def.innerType ?? (def.type === "pipe" ? def.in : undefined);
    if (!next) return { schema: inner, details };
    inner = next;
    details ??= entries.get(inner);
  }
}

/** The keys that a schema knows, of the variant that `value` chose. */
export function shapeOf(schema: z.core.$ZodType, value?: unknown): Record<string, z.core.$ZodType> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return {};
  const key = schema.def.discriminator;
  const chosen = (value as Record<string, unknown> | undefined)?.[key];
  const variant = schema.options.find((option) => {
    const literal = unwrap(shapeOf(option)[key] ?? option).schema;
    return literal instanceof z.ZodLiteral && literal.values.has(chosen as string);
  });
  return variant ? shapeOf(variant) : {};
}

/** The schema at a path, and the nearest thing that is said about it. */
function follow(root: z.core.$ZodType, path: readonly PropertyKey[], value: unknown): Place {
  let place = unwrap(root);
  let current = value;
  for (const step of path) {
    const { schema } = place;
    let next: z.core.$ZodType | undefined;
    if (schema instanceof z.ZodArray) next = schema.element;
    else if (schema instanceof z.ZodRecord) next = schema.valueType;
    else if (schema) next = shapeOf(schema, current)[String(step)];
    const inner: Place = next ? unwrap(next) : { schema: undefined, details: undefined };
    // An element of a list of secrets is a secret: what is said of the list holds for it.
    place = { schema: inner.schema, details: inner.details ?? place.details };
    current = (current as Record<PropertyKey, unknown> | undefined)?.[step];
  }
  return place;
}

/** Whether the schema has a secret at a path of a configuration. */
export function secretAt(
  config: Readonly<Record<string, unknown>>,
  path: Problem["path"],
): boolean {
  const [section = "", ...inner] = path;
  const schema = (sections as Readonly<Record<string, z.core.$ZodType>>)[section];
  return schema !== undefined && follow(schema, inner, config[section]).details?.secret === true;
}

/** The value at a path. */
function pick(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (current, step) => (current as Record<PropertyKey, unknown> | null | undefined)?.[step],
    value,
  );
}

const typeNames: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a section with keys of its own",
  record: "a section with keys of its own",
};

function typeOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeNames[typeof value] ?? typeof value;
}

/** What zod found wrong with one section, as problems. */
export function explain(
  section: string,
  schema: z.core.$ZodType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  hidden: boolean,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const place = follow(schema, issue.path, value);
    const path = [
      section,
      ...issue.path.map((step) => (typeof step === "number" ? step : String(step))),
    ];
    const found = pick(value, issue.path);
    const secret = hidden || place.details?.secret === true;
    const shown = secret ? "(secret)" : found;
    const fix = fixOf(place.details, path);
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) =>
          unknownKey(path, key, shapeOf(place.schema ?? schema, found)),
        );
      case "invalid_type":
        if (found === undefined) return [{ path, problem: "is missing", fix }];
        if (issue.expected === "int" && typeof found === "number") {
          return [{ path, value: shown, problem: "is not a whole number", fix }];
        }
        return [
          {
            path,
            value: shown,
            problem: `is ${typeOf(found)}, expected ${typeNames[issue.expected] ?? issue.expected}`,
            fix,
          },
        ];
      case "invalid_value":
      case "invalid_union": {
        // A union's issue is about its discriminator, which no variant was chosen for.
        const parent = follow(schema, issue.path.slice(0, -1), value).schema;
        const choices = choicesOf(issue, parent);
        if (found === undefined) return [{ path, problem: "is missing", fix: oneOf(choices) }];
        const meant = typeof found === "string" && !hidden ? nearest(found, choices) : undefined;
        const suggestion = meant === undefined ? "" : ` (did you mean ${meant}?)`;
        const problem = `is not one of the known values${suggestion}`;
        return [{ path, value: shown, problem, fix: oneOf(choices) }];
      }
      case "invalid_key":
        return [
          {
            path,
            problem: `this key ${issue.issues[0]?.message ?? "is not valid"}`,
            fix,
          },
        ];
      default:
        return [{ path, value: shown, problem: issue.message, fix }];
    }
  });
}

function oneOf(choices: readonly string[]): string {
  return `write one of ${choices.join(", ")}`;
}

function choicesOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType | undefined): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return [];
  const key = schema.def.discriminator;
  return schema.options.flatMap((option) => {
    const literal = unwrap(shapeOf(option)[key] ?? option).schema;
    return literal instanceof z.ZodLiteral ? [...literal.values].map(String) : [];
  });
}

/** Keys that an earlier release had, and what they are called now. */
const renamed: Readonly<Record<string, string>> = { "hosts.slot": "slot" };

/** Keys that an earlier release had, and what to write instead. */
const replaced: Readonly<Record<string, string>> = {
  "backup.fullEveryDays":
    "remove it; write fullEveryDays × keepFulls as backup.keepDays, for example keepDays: 14",
  "backup.keepFulls":
    "remove it; write fullEveryDays × keepFulls as backup.keepDays, for example keepDays: 14",
};

/** A key that nothing reads. Its value is never shown: it may be a secret with a mistyped name. */
export function unknownKey(
  path: Problem["path"],
  key: string,
  shape: Record<string, unknown>,
): Problem {
  const known = Object.keys(shape);
  const name = [...path, key].join(".");
  const instead = replaced[name];
  if (instead !== undefined) {
    return { path: [...path, key], problem: "is no key any more", fix: instead };
  }
  const now = renamed[name];
  if (now !== undefined) {
    return { path: [...path, key], problem: "was renamed", fix: `call it ${now}; its value stays` };
  }
  const meant = nearest(key, known);
  return {
    path: [...path, key],
    problem: "is not a key that semesterhub knows",
    fix:
      meant === undefined
        ? `remove it; known here: ${known.join(", ")}`
        : `did you mean ${meant}? Known here: ${known.join(", ")}`,
  };
}
