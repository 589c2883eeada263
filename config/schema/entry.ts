/**
 * What is known of one configuration key beside its type. The reference page is generated from
 * it, and every message about a bad value takes its fix from it.
 */
import { z } from "zod";
import {
  domainPattern,
  formatSize,
  parseDay,
  parseService,
  parseSize,
  parseSubnet,
  type Subnet,
  type TcpService,
} from "../values";

export interface Entry {
  /** The meaning, in a sentence, with its unit. */
  readonly about: string;
  /** What to write, in the form "a port number": completes "expected …". */
  readonly expects: string;
  /** A value as it is written in Pulumi.<stack>.yaml. */
  readonly example?: unknown;
  /** What is taken where the key is absent; needed only where zod's own default doesn't say it. */
  readonly default?: string;
  /** Whether messages must never show the value. */
  readonly secret?: boolean;
}

/** Everything said about keys, by schema. */
export const entries = z.registry<Entry>();

/** Says about a key's schema what zod can't know. */
export function entry<Schema extends z.ZodType>(schema: Schema, details: Entry): Schema {
  const described = schema.describe(details.about);
  entries.add(described, details);
  return described;
}

/** A string that `parse` turns into something better; what it can't read is refused. */
export function written<Value>(
  parse: (text: string) => Value | undefined,
  problem: string | ((text: string) => string),
) {
  return z.string().transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    const message = typeof problem === "string" ? problem : problem(text);
    context.issues.push({ code: "custom", message, input: text });
    return z.NEVER;
  });
}

/** Text on one line, of at most `longest` letters. */
export const line = (longest = 200) =>
  z
    .string()
    .trim()
    .min(1, "is empty")
    .max(longest, `is longer than ${longest} letters`)
    .regex(/^\P{Cc}*$/u, "contains a control character, such as a line break");

/** Nothing, where a size may be nothing: "0M". */
const parseNone = (text: string) => (/^0\s?[KMGT](i?B)?$/i.test(text.trim()) ? 0 : undefined);

/** A size in bytes; nothing at all only where `smallest` is 0. */
export const size = (smallest: number, largest: number) =>
  written(
    (text) => parseSize(text) ?? (smallest === 0 ? parseNone(text) : undefined),
    "is not a size: a number and K, M, G or T",
  ).refine(
    (bytes) => bytes >= smallest && bytes <= largest,
    `is outside ${formatSize(smallest)} to ${formatSize(largest)}`,
  );

/** A whole number from `smallest` to `largest`. */
export const count = (smallest: number, largest: number) =>
  z
    .number()
    .int("is not a whole number")
    .min(smallest, `is less than ${smallest}`)
    .max(largest, `is more than ${largest}`);

/** A day in a calendar. */
export const day = () => written(parseDay, "is not a day in the calendar, written 2026-09-01");

/** An IPv4 network. */
export const cidr = () =>
  written(
    (text): Subnet | undefined => {
      const parsed = parseSubnet(text);
      return parsed && "cidr" in parsed ? parsed : undefined;
    },
    (text) => {
      const parsed = parseSubnet(text);
      return parsed && "strayHostBits" in parsed
        ? `is an address inside the network ${parsed.strayHostBits}, not a network`
        : "is not an IPv4 network, written 10.11.16.0/20";
    },
  );

/** A TCP service on IPv4 addresses. */
export const service = () =>
  written(
    (text): TcpService | undefined => {
      const parsed = parseService(text);
      return parsed && "network" in parsed ? parsed : undefined;
    },
    (text) => {
      const parsed = parseService(text);
      return parsed && "strayHostBits" in parsed
        ? `names an address inside the network ${parsed.strayHostBits}, not a network`
        : "is not an address or network with a port, written 10.1.2.3:27000 or 10.1.4.0/24:80";
    },
  );

/** A host's full name, such as jupyter.example.edu. */
export const domain = () =>
  line(253)
    .regex(domainPattern, "is not a domain name")
    .transform((name) => name.toLowerCase());

/** An absolute path with nothing in it that a mount or a shell could misread. */
export const absolutePath = () =>
  line(400)
    .regex(/^\//, "is not an absolute path")
    .regex(/^[\w./@+-]*$/, "contains a character other than letters, digits and . _ - + @ /")
    .refine((path) => !path.split("/").includes(".."), "contains ..")
    .transform((path) => path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1"));

/** A file that is read while the configuration is, from the working copy or an absolute path. */
export const file = () => line(400);
