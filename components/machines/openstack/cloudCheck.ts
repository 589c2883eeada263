/**
 * Whether the cloud has what the configuration names, and room for it: asked by data sources in every preview,
 * so that a pull request says what is missing, and `up` before it makes anything.
 */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { formatProblems, type Problem } from "../../../config/problems";
import type { OpenStackConfig } from "../../../config/types";
import { formatSize } from "../../../config/values";

const mebibyte = 2 ** 20;

export interface CloudCheckArgs {
  readonly stack: string;
  readonly openstack: OpenStackConfig;
  /** What one student's server may use. */
  readonly studentMemory: number;
}

/** What a data source found; "several" where it can't choose. */
type Found<Thing> = Thing | "none" | "several";

type Flavor = openstack.compute.GetFlavorResult;
type Limits = openstack.compute.GetLimitsV2Result;
type Place = readonly [path: Problem["path"], name: string];

/** What was found, for the machines that there are to be. */
export interface CloudFindings {
  /** By the keys of `openstack.flavors`. */
  readonly flavors: Readonly<Record<string, Found<Pick<Flavor, "ram" | "vcpus" | "disk">>>>;
  readonly image: Found<{ readonly minDiskGb: number; readonly minRamMb: number }>;
  readonly networks: readonly { readonly place: Place; readonly found: Found<unknown> }[];
  readonly zone?: Found<unknown>;
  /** Absent: the cloud doesn't tell. */
  readonly limits?: Pick<Limits, "maxTotalInstances" | "maxTotalCores" | "maxTotalRamSize">;
}

/** Rejects with all that is missing in one message. */
export async function refuseMissing(
  args: CloudCheckArgs,
  options: pulumi.InvokeOptions,
): Promise<void> {
  const problems = judgeCloud(args, await askCloud(args.openstack, options));
  // Shown as its message alone, without a stack trace.
  if (problems.length > 0) throw new pulumi.RunError(formatProblems(args.stack, problems));
}

/** How many machines have the flavor of each key. */
function machinesOf({ flavors, nodes }: OpenStackConfig): ReadonlyMap<string, number> {
  return new Map([
    ["proxy", 1],
    ["hub", 1],
    ...(flavors.storage === undefined ? [] : [["storage", 1] as const]),
    ...(nodes.names.length === 0 ? [] : [["node", nodes.names.length] as const]),
  ]);
}

async function askCloud(
  config: OpenStackConfig,
  options: pulumi.InvokeOptions,
): Promise<CloudFindings> {
  const { image, flavors, dnsZone, bootVolumeGb } = config;
  const roles = [...machinesOf(config).keys()] as (keyof typeof flavors)[];
  const named = await Promise.all(
    roles.map(async (role) => {
      const name = flavors[role] ?? "";
      return [role, await found(openstack.compute.getFlavor({ name }, options))] as const;
    }),
  );
  const mostRecent = bootVolumeGb !== undefined;
  const networks = networksOf(config).map(async ({ place, external }) => {
    const [, name] = place;
    const by = isId(name) ? { networkId: name } : { name };
    const asked = openstack.networking.getNetwork(
      { ...by, ...(external && { external }) },
      options,
    );
    return { place, found: await found(asked) };
  });
  const [imageFound, networksFound, zone, limits] = await Promise.all([
    found(openstack.images.getImage({ name: image, mostRecent }, options)),
    Promise.all(networks),
    dnsZone === undefined
      ? undefined
      : found(openstack.dns.getDnsZone({ name: `${dnsZone}.` }, options)),
    askLimits(options),
  ]);
  return {
    flavors: Object.fromEntries(named),
    image: imageFound,
    networks: networksFound,
    ...(zone !== undefined && { zone }),
    ...(limits && { limits }),
  };
}

/** An ID of a network, in place of a name. */
export const isId = (text: string): boolean =>
  /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(text);

function networksOf({ network }: OpenStackConfig): { place: Place; external: boolean }[] {
  const at = (key: string, name: string, external = false) => ({
    place: [["openstack", "network", key], name] as const,
    external,
  });
  switch (network.kind) {
    case "routed":
      return [at("externalNetwork", network.externalNetwork, true)];
    case "existing":
      return [at("network", network.network), at("externalNetwork", network.externalNetwork, true)];
    case "fixed":
      return [
        at("publicNetwork", network.publicNetwork),
        at("internalNetwork", network.internalNetwork),
      ];
  }
}

/** A cloud may keep its limits to itself: that is no reason to refuse. */
async function askLimits(options: pulumi.InvokeOptions): Promise<Limits | undefined> {
  try {
    const { projectId } = await openstack.identity.getAuthScope({ name: "quota" }, options);
    return await openstack.compute.getLimitsV2({ projectId }, options);
  } catch {
    return undefined;
  }
}

/** A data source fails where it finds nothing, or more than one; other failures are the cloud's own. */
async function found<Thing>(asked: Promise<Thing>): Promise<Found<Thing>> {
  try {
    return await asked;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (/returned no results|No Flavor found/i.test(said)) return "none";
    if (/returned more than one result/i.test(said)) return "several";
    throw error;
  }
}

/** Everything that is missing, by its key. */
export function judgeCloud(args: CloudCheckArgs, findings: CloudFindings): Problem[] {
  const { image, networks, zone } = findings;
  const config = args.openstack;
  const listed = (what: string, place: Place, is: Found<unknown>, list: string, several: string) =>
    missing(what, place, is, `write one that it has: openstack ${list}`, several);
  return [
    ...judgeFlavors(args, findings),
    ...listed(
      "image",
      [["openstack", "image"], config.image],
      image,
      "image list. Debian's own: https://cloud.debian.org/images/cloud, generic, for amd64",
      "rename the one that you mean, and write that name: openstack image set --name",
    ),
    ...networks.flatMap(({ place, found: is }) => {
      const external = place[0].includes("externalNetwork");
      return listed(
        external ? "external network" : "network",
        place,
        is,
        `network list${external ? " --external" : ""}`,
        "write the ID of the one that you mean: openstack network list",
      );
    }),
    ...listed(
      "zone",
      [["openstack", "dnsZone"], config.dnsZone ?? ""],
      zone,
      "zone list",
      "take the key out, and make the record by hand",
    ),
    ...judgeLimits(args, findings),
  ];
}

function missing(
  what: string,
  [path, value]: Place,
  is: Found<unknown>,
  fix: string,
  several: string,
): Problem[] {
  if (is === "none")
    return [{ path, value, problem: `the cloud has no ${what} of that name`, fix }];
  return is === "several"
    ? [{ path, value, problem: `the cloud has several ${what}s of that name`, fix: several }]
    : [];
}

function judgeFlavors(
  { openstack: config, studentMemory }: CloudCheckArgs,
  findings: CloudFindings,
) {
  const { flavors, nodes, bootVolumeGb } = config;
  const { image } = findings;
  return Object.entries(findings.flavors).flatMap(([role, is]): Problem[] => {
    const path = ["openstack", "flavors", role];
    const value = flavors[role as keyof typeof flavors] ?? "";
    if (typeof is === "string") {
      const fix = "write one that it has: openstack flavor list";
      return missing("flavor", [path, value], is, fix, "write one with a name of its own");
    }
    const { ram = 0, disk = 0 } = is;
    const problem = (text: string, fix: string): Problem => ({ path, value, problem: text, fix });
    const runsStudents = role === "node" || (role === "hub" && nodes.names.length === 0);
    const room = bootVolumeGb ?? disk;
    return [
      ...(disk === 0 && bootVolumeGb === undefined
        ? [
            problem(
              "the flavor has no disk of its own",
              "write openstack.bootVolumeGb, for example 40, or choose another flavor",
            ),
          ]
        : []),
      ...(runsStudents && ram * mebibyte < studentMemory
        ? [
            problem(
              `the flavor has ${formatSize(ram * mebibyte)} of memory, and one student's server may use ${formatSize(studentMemory)}`,
              "choose a larger flavor, or a smaller student.memory",
            ),
          ]
        : []),
      ...(typeof image !== "string" &&
      (ram < image.minRamMb || (room > 0 && room < image.minDiskGb))
        ? [
            problem(
              `the image needs ${String(image.minRamMb)} MB of memory and a disk of ${String(image.minDiskGb)} GB`,
              "choose a larger flavor",
            ),
          ]
        : []),
    ];
  });
}

/** Against what the project may have in all: what others of it use, only a look at them tells. */
function judgeLimits({ openstack: config }: CloudCheckArgs, { flavors, limits }: CloudFindings) {
  if (limits === undefined) return [];
  const machines = [...machinesOf(config)];
  const sum = (of: "vcpus" | "ram") =>
    machines.reduce((total, [role, count]) => {
      const flavor = flavors[role];
      return total + count * (typeof flavor === "object" ? (flavor[of] ?? 0) : 0);
    }, 0);
  const needed = [
    ["VMs", machines.reduce((total, [, count]) => total + count, 0), limits.maxTotalInstances],
    ["cores", sum("vcpus"), limits.maxTotalCores],
    ["MB of memory", sum("ram"), limits.maxTotalRamSize],
  ] as const;
  const short = needed.filter(([, wanted, most]) => most >= 0 && wanted > most);
  if (short.length === 0) return [];
  const said = short.map(([what, wanted, most]) => `${wanted} ${what} of at most ${most}`);
  return [
    {
      path: ["openstack", "nodes", "count"],
      value: config.nodes.names.length,
      problem: `the course needs more than the project's quota allows in all: ${said.join(", ")}`,
      fix: "ask the cloud's operators for a larger quota, or write fewer nodes or smaller flavors",
    },
  ];
}
