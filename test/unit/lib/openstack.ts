/** The openstack platform for its tests: a production stack with seven nodes, and two others. */
import { CertificateAuthority } from "../../../components/certificateAuthority";
import { openstackPlatform } from "../../../components/machines/openstack/openstack";
import { loadConfig } from "../../../config";
import { machinesOf } from "./machinesOf";
import { runProgram, type Program, type Registration } from "./harness";

export const routed = { kind: "routed", externalNetwork: "public", dns: ["9.9.9.9"] };
const fixed = { kind: "fixed", publicNetwork: "PublicNet", internalNetwork: "ServiceNet" };
export const existing = { kind: "existing", network: "campus", externalNetwork: "public" };

interface Changes {
  readonly openstack?: object;
  readonly others?: object;
  readonly preview?: boolean;
}

/** The machines of a stack `prod`, without what runs on them. */
export async function declared({ openstack = {}, others = {}, preview = false }: Changes = {}) {
  const program = await runProgram({
    stack: "prod",
    preview,
    secretKeys: ["openstack", "backup"],
    config: {
      platform: "openstack",
      course: { title: "Data Science 101" },
      roster: { students: ["ada"], staff: ["teacher"] },
      login: { method: "native" },
      openstack: {
        cloud: "campus",
        image: "debian-13",
        flavors: { proxy: "small", hub: "large", node: "xlarge" },
        nodes: { count: 7 },
        network: routed,
        adminCidrs: ["198.51.100.0/24"],
        dataVolumeGb: 3000,
        ...openstack,
      },
      ...others,
    },
    entry: () => {
      const config = loadConfig();
      if (config.platform.kind !== "openstack") throw new Error("another platform");
      const authority = new CertificateAuthority("authority", { stack: config.stack });
      const machines = machinesOf(
        openstackPlatform({ ...config, openstack: config.platform, authority }),
      );
      return {
        addresses: [machines.proxy, machines.hub, ...machines.nodes].map((machine) => ({
          name: machine.name,
          inside: machine.privateAddress,
        })),
        public: machines.proxy.publicAddress,
        storagePath: machines.storagePath,
        ...(machines.objectStore && { objectStore: machines.objectStore }),
      };
    },
  });
  if (program.error) throw program.error;
  return program;
}

export const find = (program: Program, thing: string) => program.byName(thing);
export const instanceType = "openstack:compute/instance:Instance";
export const machineNames = ["proxy", "hub", ...[1, 2, 3, 4, 5, 6, 7].map((n) => `node-${n}`)];

/** How many of the cloud's resources there are of each kind. */
export function count(program: Program): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { type } of program.resources) {
    if (!type.startsWith("openstack:")) continue;
    const kind = type.split(":").at(-1) ?? "";
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

/** Everything that has to be there before a resource, by name. */
export function before(program: Program, resource: Registration): ReadonlySet<string> {
  const byUrn = new Map(program.resources.map((one) => [one.urn, one]));
  const seen = new Set<string>();
  const visit = ({ dependencies, propertyDependencies, provider }: Registration): void => {
    const urns = [
      ...dependencies,
      ...Object.values(propertyDependencies).flat(),
      ...(provider === "" ? [] : [provider.split("::").slice(0, 4).join("::")]),
    ];
    for (const urn of urns) {
      const one = byUrn.get(urn);
      if (!one || seen.has(one.name)) continue;
      seen.add(one.name);
      visit(one);
    }
  };
  visit(resource);
  return seen;
}

/** The stacks that most tests look at. Nobody changes them, and each is declared once. */
export const usual = once(() => declared());
/** With addresses of the provider's networks, as Rackspace gives them. */
export const atRackspace = once(() => declared({ openstack: { network: fixed } }));
/** Everything otherwise: what the project has is used, system disks are volumes, … */
export const unusual = once(() =>
  declared({
    openstack: {
      network: { ...existing, floatingIp: "203.0.113.20" },
      nodes: { count: 2, spread: "strict" },
      bootVolumeGb: 40,
      dataVolumeAtEnd: "delete",
      dnsZone: "example.edu",
      backupCredential: { id: "abc", secret: "p".repeat(20) },
    },
    others: { proxy: { domain: "jupyter.example.edu" } },
  }),
);

/** With a machine of its own for the files. */
export const withStorage = once(() =>
  declared({
    openstack: {
      flavors: { proxy: "small", hub: "large", node: "xlarge", storage: "store" },
      nodes: { count: 1 },
    },
  }),
);

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
