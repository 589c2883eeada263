/** The reference page of the configuration, written from the schema. */
import { z } from "zod";
import type { Entry } from "./schema/entry";
import { shapeOf, unwrap } from "./problems";
import { sections } from "./schema";

interface Row {
  readonly key: string;
  readonly details: Entry;
  readonly fallback: string;
}

/** The whole page, in Markdown. */
export function referencePage(): string {
  const scalars: string[] = [];
  const tables: string[] = [];
  for (const [name, schema] of Object.entries(sections)) {
    const { schema: inner, details } = unwrap(schema);
    if (!details || !inner) throw new Error(`The section ${name} is not described`);
    if (isSection(inner)) tables.push(section(name, inner, details, fallbackOf(schema, details)));
    else scalars.push(section(name, undefined, details, fallbackOf(schema, details), schema));
  }
  return [
    "# Configuration",
    "",
    "<!-- Written by `npm run docs` from config/schema/. Change it there. -->",
    "",
    "One stack is one semester, and `Pulumi.<stack>.yaml` says what it is. `Pulumi.dev.yaml` is a",
    "short example, `Pulumi.prod.yaml` a long one. Keys can also be set one by one:",
    "",
    "```sh",
    "pulumi config set --path semesterhub:student.memory 2G",
    "pulumi config set --path semesterhub:login.clientSecret --secret",
    "```",
    "",
    "Everything is checked before anything is made: unknown keys, wrong values and combinations",
    "that can't work are refused in one message that lists all of them. Sizes are written with K, M,",
    "G or T (binary units), times in the unit that the key's name ends with.",
    "",
    ...scalars,
    ...tables,
  ].join("\n");
}

function section(
  name: string,
  schema: z.core.$ZodType | undefined,
  details: Entry,
  fallback: string,
  scalar?: z.core.$ZodType,
): string {
  const lines = [`## semesterhub:${name}`, "", details.about];
  const rows = schema ? rowsOf(schema instanceof z.ZodArray ? "[]." : "", elementOf(schema)) : [];
  const needed = fallback === "needed";
  if (scalar) lines.push("", `Write ${details.expects}. Default: ${fallback}.`);
  else if (needed) lines[2] = `${details.about} Needed.`;
  else if (details.default !== undefined) lines.push("", `Default: ${details.default}.`);
  for (const variant of variantsOf(schema)) {
    lines.push("", `### \`${variant.key}: ${variant.name}\``, "", variant.about);
    lines.push(...table(variant.rows));
  }
  lines.push(...table(rows), "");
  return lines.join("\n");
}

function table(rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const cell = (text: string) => text.replace(/\|/g, "\\|");
  return [
    "",
    "| key | meaning | write | default | example |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(({ key, details, fallback }) => {
      const example = details.example === undefined ? "" : `\`${yaml(details.example)}\``;
      return `| \`${key}\` | ${[details.about, details.expects, fallback, example].map(cell).join(" | ")} |`;
    }),
  ];
}

/** The variants of a section that is one of several, told apart by one key. */
function variantsOf(schema: z.core.$ZodType | undefined) {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return [];
  const key = schema.def.discriminator;
  return schema.options.map((option) => {
    const { schema: literal, details } = unwrap(shapeOf(option)[key] ?? option);
    if (!(literal instanceof z.ZodLiteral)) throw new Error(`${key} is not a literal`);
    return {
      key,
      name: String([...literal.values][0]),
      about: details?.about ?? "",
      rows: rowsOf("", option).filter((row) => row.key !== key),
    };
  });
}

/**
 * Every key below a section, nested ones with their path. What several keys have in common, such
 * as the machines of `hosts`, is said once.
 */
function rowsOf(prefix: string, schema: z.core.$ZodType, said = new Map<unknown, string>()): Row[] {
  return Object.entries(shapeOf(schema)).flatMap(([name, child]): Row[] => {
    const key = `${prefix}${name}`;
    const { schema: inner, details } = unwrap(child);
    if (!details || !inner) throw new Error(`The key ${key} is not described`);
    const own = { key, details, fallback: fallbackOf(child, details) };
    const [below, schemaBelow] =
      inner instanceof z.ZodArray
        ? [`${key}[].`, unwrap(inner.element).schema ?? inner]
        : [`${key}.`, inner];
    // Schemas of one shape are copies of each other: each description makes one.
    const identity = Object.values(shapeOf(schemaBelow))[0];
    const earlier = identity && said.get(identity);
    if (earlier !== undefined) {
      const expects = `${details.expects}, as \`${earlier}\``;
      return [{ ...own, details: { ...details, expects } }];
    }
    if (identity) said.set(identity, key);
    return [
      own,
      ...rowsOf(below, schemaBelow, said),
      ...variantsOf(inner).flatMap((variant) => [
        {
          key: `${key}.${variant.key}: ${variant.name}`,
          details: { about: variant.about, expects: "" },
          fallback: "",
        },
        ...variant.rows.map((row) => ({ ...row, key: `${key}.${row.key}` })),
      ]),
    ];
  });
}

/** What a list has many of; anything else itself. */
function elementOf(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodArray ? (unwrap(schema.element).schema ?? schema) : schema;
}

function isSection(list: z.core.$ZodType): boolean {
  const schema = elementOf(list);
  return schema instanceof z.ZodObject || schema instanceof z.ZodDiscriminatedUnion;
}

/** What is taken where a key is absent. */
function fallbackOf(schema: z.core.$ZodType, details: Entry): string {
  if (details.default !== undefined) return details.default;
  const { def } = schema._zod as unknown as { def: { type: string; defaultValue?: unknown } };
  if (def.type === "optional") return "none";
  if (def.type !== "default" && def.type !== "prefault") return "needed";
  const value = def.defaultValue;
  const empty = typeof value === "object" && Object.keys(value ?? {}).length === 0;
  if (empty) return Array.isArray(value) ? "`[]`" : "`{}`";
  return `\`${yaml(value)}\``;
}

/** A value as one would write it on a line of YAML. */
function yaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, item]) => `${key}: ${yaml(item)}`);
    return `{ ${pairs.join(", ")} }`;
  }
  return String(value);
}
