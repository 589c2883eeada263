/** What a pull request changes, in words, from the resources that differ. */
import { differencesOf, type Change, type Difference } from "./compare";
import { environmentOf, scriptOf, type resourceOf } from "./effects/look";
import type { Plans } from "./effects/effect";
import { nameOf } from "./plan";

type Resource = ReturnType<typeof resourceOf>;

/** One line for each thing that somebody changed; what follows from another change is left out. */
export function causesOf(changes: readonly Change[], plans: Plans): string[] {
  return [
    ...classList(plans),
    ...changes.flatMap(settings),
    ...images(changes),
    ...certificates(changes),
    ...machines(changes),
    ...networks(changes),
    ...folders(changes),
  ];
}

function classList({ base, head }: Plans): string[] {
  const [before, after] = [base.classList, head.classList];
  if (before.version === after.version) return [];
  const count = ({ students, staff }: typeof before) => `${students} students, ${staff} staff`;
  const change =
    count(before) === count(after)
      ? `${count(after)}, as many as before`
      : `${count(before)} → ${count(after)}`;
  return [`the class list: ${change}`];
}

/** The hub's settings are the one JSON file of its. */
function settings({ type, differences }: Change): string[] {
  if (type !== "docker:ServiceConfig") return [];
  return differences.flatMap(({ path, before, after }) => {
    if (path === "data" && typeof before === "string") return [];
    const inner = path === "data" ? differencesOf(before, after) : [{ path, before, after }];
    return inner.flatMap((difference) => {
      const key = difference.path.replace(/^data\./, "");
      // Names of images are told of as images, and a class list without names.
      if (/^(notebook|profiles.*)\.image$/.test(key) || key === "publicUrl") return [];
      return `the hub's setting \`${key}\`: ${values(difference)}`;
    });
  });
}

const tag = /(?:^|\/)([a-z0-9-]+):([0-9a-f]{12})(?:@|$)/;

function images(changes: readonly Change[]): string[] {
  const built = changes.flatMap(({ type, after, differences }) => {
    const name =
      type === "docker:Image" && differences.some(({ path }) => path === "imageName")
        ? after?.inputs?.imageName
        : differences.find(({ path }) => path === "environment.THERE")?.after;
    const image = tag.exec(typeof name === "string" ? name : "")?.[1];
    return image === undefined ? [] : [image];
  });
  return [...new Set(built)].map((image) =>
    image === "proxy" && built.includes("notebook")
      ? "the image `proxy`, which serves the static files of `notebook`"
      : image === "proxy" && built.includes("hub")
        ? "the image `proxy`, which serves the static files of `hub`"
        : `the image \`${image}\``,
  );
}

function certificates(changes: readonly Change[]): string[] {
  const requests = changes.filter(
    ({ type, kind }) => type === "tls:CertRequest" && kind === "replace",
  );
  const own = requests.map(({ after }) => {
    const {
      dnsNames = [],
      ipAddresses = [],
      subject,
    } = (after?.inputs ?? {}) as {
      readonly dnsNames?: readonly string[];
      readonly ipAddresses?: readonly string[];
      readonly subject?: { readonly commonName?: string };
    };
    const names = [...dnsNames, ...ipAddresses];
    return `a certificate for ${names.length > 0 ? names.join(", ") : (subject?.commonName ?? "somebody")}`;
  });
  const files = changes
    .filter(
      ({ after, kind }) =>
        kind === "update" && (environmentOf(after ?? {}).FILE ?? "").endsWith(".crt"),
    )
    .map(({ after }) => `the certificate in ${environmentOf(after ?? {}).FILE ?? ""}`);
  return requests.length > 0 ? own : files;
}

/** Nodes by the command that opens them, VMs by what they are made from. */
function machines(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    const { kind, before, after, type, differences } = change;
    const other = differences.find(({ path }) => path === "environment.SEMESTERHUB_GENERATION");
    if (other && scriptOf(after ?? {}, "create") === "baseline") {
      return `another machine in the place of ${environmentOf(after ?? {}).SEMESTERHUB_MACHINE ?? ""}`;
    }
    const node = (of: Resource | undefined) =>
      of && /^(swarm-)?node-open$/.test(scriptOf(of, "create")) && environmentOf(of).ROLE === "node"
        ? environmentOf(of).NODE_NAME
        : undefined;
    if (kind === "create" && node(after) !== undefined)
      return `one node more: ${node(after) ?? ""}`;
    if (kind === "delete" && node(before) !== undefined)
      return `one node less: ${node(before) ?? ""}`;
    if (type !== "openstack:compute:Instance" || differences.length === 0) return [];
    return differences.map(
      (difference) => `the VM ${nameOf(change.key)}: \`${difference.path}\` ${values(difference)}`,
    );
  });
}

function networks(changes: readonly Change[]): string[] {
  return changes.flatMap(({ type, after, differences }) =>
    type !== "docker:Network"
      ? []
      : differences
          .filter(({ path }) => path.endsWith("subnet"))
          .map((difference) => `the network ${String(after?.inputs?.name)}: ${values(difference)}`),
  );
}

function folders(changes: readonly Change[]): string[] {
  return changes.flatMap(({ after, differences }) =>
    scriptOf(after ?? {}, "create") !== "tree"
      ? []
      : differences
          .filter(({ path }) => path === "environment.STORAGE")
          .map((difference) => `the folder of the course's files: ${values(difference)}`),
  );
}

/** "before → after", short. */
export function values({ before, after }: Difference): string {
  const text = (value: unknown): string => {
    if (value === undefined) return "nothing";
    const written = JSON.stringify(value).replaceAll("`", "'");
    return `\`${written.length > 60 ? `${written.slice(0, 57)}…` : written}\``;
  };
  return `${text(before)} → ${text(after)}`;
}
