/** From the raw values of a stack to a SemesterConfig, or to the list of all that is wrong. */
import type { z } from "zod";
import { certificateProblems } from "./certificateFiles";
import { check } from "./checks";
import { readLogo } from "./logo";
import { readTemplates } from "./ownTemplates";
import { complete, type Valid } from "./defaults";
import { explain, secretCommand, unknownKey, type Problem } from "./problems";
import { orExplain, readOrExplain } from "./readOrExplain";
import { mergeRoster, parseRosterFile, type Person } from "./roster";
import { sections, type Sections } from "./schema";
import type { HostFacts } from "./hostFacts";
import type { Roster, SemesterConfig } from "./types";

/** The raw values of one stack. */
export interface RawConfig {
  readonly stack: string;
  /** The values below semesterhub:, as Pulumi hands them over: sections are JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose values, or some part of them, are encrypted. */
  readonly secretKeys: ReadonlySet<string>;
}

export type Parsed =
  | { readonly config: SemesterConfig; readonly problems?: never }
  | { readonly config?: never; readonly problems: readonly Problem[] };

const sectionNames = Object.keys(sections) as (keyof Sections)[];

/** Reads a whole configuration. Nothing is made, nothing is thrown. */
export function parseConfig(raw: RawConfig, hostFacts: HostFacts): Parsed {
  const problems: Problem[] = Object.keys(raw.values)
    .filter((key) => !(key in sections))
    .map((key) => unknownKey([], key, sections));
  const values = Object.fromEntries(
    sectionNames.map((name) => [name, fromJson(raw.values[name])]),
  ) as Record<keyof Sections, unknown>;
  // The one default that is a whole section: trying it out needs no account anywhere.
  const machines = values.platform === "hosts" || values.platform === "openstack";
  if (values.login === undefined && !machines) values.login = { method: "dummy" };

  const good: Partial<Record<keyof Sections, unknown>> = {};
  for (const name of sectionNames) {
    const schema: z.ZodType = sections[name];
    const result = schema.safeParse(values[name]);
    if (result.success) good[name] = result.data;
    else {
      const hidden = raw.secretKeys.has(name);
      problems.push(...explain(name, schema, values[name], result.error.issues, hidden));
    }
  }
  const { roster: section, ...others } = good as Partial<Sections>;
  const roster = section && readRoster(section, hostFacts);
  if (roster) problems.push(...roster.problems);
  problems.push(...missingFiles(others, hostFacts), ...unusableFace(others.face, hostFacts));
  const present = new Set(Object.keys(raw.values));
  problems.push(
    ...check({
      ...others,
      stack: raw.stack,
      present,
      hostFacts,
      ...(roster?.complete && { roster: roster.roster }),
    }),
    ...plainSecrets(others, raw.secretKeys),
  );
  if (problems.length > 0 || !roster) return { problems: problems.map(hide(raw.secretKeys)) };
  const valid = { ...others, stack: raw.stack, roster: roster.roster } as Valid;
  return { config: complete(valid, hostFacts) };
}

/** Takes the values of encrypted sections out of a problem. */
function hide(secretKeys: ReadonlySet<string>): (problem: Problem) => Problem {
  return (problem) => {
    if (!secretKeys.has(String(problem.path[0])) || !("value" in problem)) return problem;
    return {
      ...problem,
      value: "(secret)",
      fix: problem.fix.replace(/^did you mean .*\? Else /, ""),
    };
  };
}

/** Sections come as JSON, single values as they are. */
function fromJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function readRoster(
  section: Sections["roster"],
  hostFacts: HostFacts,
): { roster: Roster; problems: Problem[]; complete: boolean } {
  const problems: Problem[] = [];
  const people: Person[] = [];
  if (section.file !== undefined) {
    const path = ["roster", "file"];
    const text = readOrExplain(path, section.file, hostFacts, problems);
    const read = text === undefined ? undefined : parseRosterFile(text, section.file);
    people.push(...(read?.people ?? []));
    for (const { line, value, problem, fix } of read?.problems ?? []) {
      const where = `${section.file ?? ""} line ${line}`;
      problems.push({ path, value, problem: `${where}: ${problem}`, fix });
    }
  }
  const complete = problems.length === 0;
  for (const [key, role] of [
    ["students", "student"],
    ["staff", "staff"],
  ] as const) {
    section[key].forEach((name, index) => {
      people.push({ name, role, groups: [], place: `semesterhub:roster.${key}[${index}]` });
    });
  }
  const merged = complete
    ? mergeRoster(people, section.groups, section.folders)
    : mergeRoster(people, {});
  return { roster: merged.roster, problems: [...problems, ...merged.problems], complete };
}

/** PEM files that are named, and are not there or something else. */
function missingFiles(
  { proxy, images, alerts, database }: Partial<Sections>,
  hostFacts: HostFacts,
): Problem[] {
  const files: (readonly [path: string[], file: string | undefined, heading: string])[] = [
    [["images", "certificateAuthority"], images?.certificateAuthority, "CERTIFICATE"],
    [["database", "certificateAuthority"], database?.certificateAuthority, "CERTIFICATE"],
    [
      ["alerts", "email", "certificateAuthority"],
      alerts?.email?.certificateAuthority,
      "CERTIFICATE",
    ],
  ];
  if (proxy?.tls.source === "files") {
    const { certificate, key } = proxy.tls;
    files.push([["proxy", "tls", "certificate"], certificate, "CERTIFICATE"]);
    files.push([["proxy", "tls", "key"], key, "PRIVATE KEY"]);
  }
  if (proxy?.tls.source === "acme") {
    const { certificateAuthority } = proxy.tls;
    files.push([["proxy", "tls", "certificateAuthority"], certificateAuthority, "CERTIFICATE"]);
  }
  const problems: Problem[] = [];
  if (proxy?.tls.source === "acme" && proxy.tls.dns) {
    readOrExplain(["proxy", "tls", "dns", "script"], proxy.tls.dns.script, hostFacts, problems);
  }
  const texts = new Map<string, string>();
  for (const [path, file, heading] of files) {
    const text = file === undefined ? undefined : readOrExplain(path, file, hostFacts, problems);
    if (text !== undefined) texts.set(path.join("."), text);
    if (text === undefined || new RegExp(`-----BEGIN [A-Z ]*${heading}-----`).test(text)) continue;
    problems.push({
      path,
      value: file,
      problem: `has no ${heading} in PEM in it`,
      fix: "name a file that begins with -----BEGIN",
    });
  }
  const [chain, key] = [texts.get("proxy.tls.certificate"), texts.get("proxy.tls.key")];
  if (problems.length > 0 || proxy?.tls.source !== "files" || chain === undefined || !key) {
    return problems;
  }
  const { tls, domain, subdomains } = proxy;
  return certificateProblems(chain, key, { domain, subdomains }).map(({ file, problem, fix }) => ({
    path: ["proxy", "tls", file],
    value: tls[file],
    problem,
    fix,
  }));
}

/** What is wrong with the files that a face names. */
function unusableFace(face: Sections["face"] | undefined, hostFacts: HostFacts): Problem[] {
  const kinds = {
    logo: {
      read: (file: string) => readLogo(hostFacts.readBytes(file)),
      fix: "name an SVG, PNG, JPEG or WebP picture of at most 64K",
    },
    templates: {
      read: (folder: string) => readTemplates(folder, hostFacts),
      fix: "name a folder of templates alone, at most 200K of them",
    },
  };
  const problems: Problem[] = [];
  for (const key of ["logo", "templates"] as const) {
    const value = face?.[key];
    if (value === undefined) continue;
    const path = ["face", key];
    const { read, fix } = kinds[key];
    const found = orExplain<object>(path, value, hostFacts, problems, () => read(value));
    if (found && "problem" in found) {
      problems.push({ path, value, problem: String(found.problem), fix });
    }
  }
  return problems;
}

/** Secrets that are written in plain text where others can read them. */
function plainSecrets(others: Partial<Sections>, secretKeys: ReadonlySet<string>): Problem[] {
  const { login, openstack, images, backup, platform, proxy, alerts, database } = others;
  if (platform === undefined || platform === "local") return [];
  const places: (readonly [path: string[], isTable: boolean])[] = [];
  if (login && "clientSecret" in login) places.push([["login", "clientSecret"], false]);
  if (login?.method === "workshop") {
    places.push([["login", "passphrase"], false], [["login", "staffPassphrase"], false]);
  }
  if (login?.method === "lti") places.push([["login", "consumers"], true]);
  if (proxy?.tls.source === "acme" && proxy.tls.eab)
    places.push([["proxy", "tls", "eab", "key"], false]);
  if (proxy?.tls.source === "acme" && proxy.tls.dns?.credentials !== undefined)
    places.push([["proxy", "tls", "dns", "credentials"], false]);
  if (openstack?.backupCredential)
    places.push([["openstack", "backupCredential", "secret"], false]);
  if (images?.password !== undefined) places.push([["images", "password"], false]);
  if (alerts?.email?.password !== undefined) places.push([["alerts", "email", "password"], false]);
  if (alerts?.webhook) places.push([["alerts", "webhook", "url"], false]);
  if (alerts?.heartbeat !== undefined) places.push([["alerts", "heartbeat"], false]);
  if (database?.hub) places.push([["database", "hub", "password"], false]);
  if (database?.gradebook) places.push([["database", "gradebook", "password"], false]);
  if (backup?.s3) places.push([["backup", "s3", "secretAccessKey"], false]);
  return places
    .filter(([[section = ""]]) => !secretKeys.has(section))
    .map(([path, isTable]) => ({
      path,
      value: "(secret)",
      problem: "is written in plain text",
      fix: `encrypt it: ${secretCommand(path, isTable)}`,
    }));
}
