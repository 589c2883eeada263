/** Machines that the program makes: the section of the platform openstack. */
import { z } from "zod";
import { cidr, count, domain, entry, line } from "./entry";
import { prices } from "./prices";
import { adminCidrs, gpusOf, ipAddress, memory, packageProxy, sshUser } from "./machines";

const flavor = (about: string, example: string) =>
  entry(line(), { about, expects: "a flavor: openstack flavor list", example });

const floatingIp = entry(ipAddress(), {
  about:
    "A floating IP that the project has already, so that the proxy's name needn't change: it is " +
    "used and never released.",
  expects: "the address of a floating IP: openstack floating ip list",
  example: "203.0.113.20",
  default: "a new one",
}).optional();

const kinds = "routed, existing or fixed";

const routed = z.strictObject({
  kind: entry(z.literal("routed"), {
    about: "A network of its own behind a router; the proxy has a floating IP.",
    expects: kinds,
    example: "routed",
  }),
  externalNetwork: entry(line(), {
    about: "The network that floating IPs come from.",
    expects: "the name of an external network: openstack network list --external",
    example: "public",
  }),
  subnet: entry(cidr(), {
    about: "The addresses of the machines.",
    expects: "an IPv4 network",
    example: "192.168.60.0/24",
  }).prefault("192.168.60.0/24"),
  dns: entry(z.array(ipAddress()), {
    about: "Name servers of the machines; none: those of the cloud.",
    expects: "a list of IPv4 addresses",
    example: ["9.9.9.9"],
  }).default([]),
  floatingIp,
});

const existing = z.strictObject({
  kind: entry(z.literal("existing"), {
    about: "A network that the project has, with its router; the proxy has a floating IP.",
    expects: kinds,
    example: "existing",
  }),
  network: entry(line(), {
    about: "The network that the machines are put on.",
    expects: "the name of a network: openstack network list --internal",
    example: "campus",
  }),
  externalNetwork: entry(line(), {
    about: "The network that floating IPs come from.",
    expects: "the name of an external network: openstack network list --external",
    example: "public",
  }),
  floatingIp,
});

const fixed = z.strictObject({
  kind: entry(z.literal("fixed"), {
    about: "Two networks of the provider's, as at Rackspace: no router and no floating IP.",
    expects: kinds,
    example: "fixed",
  }),
  publicNetwork: entry(line(), {
    about: "The network with public addresses (Rackspace: PublicNet).",
    expects: "the name or ID of a network",
    example: "PublicNet",
  }),
  internalNetwork: entry(line(), {
    about: "The network that the machines share (Rackspace: ServiceNet).",
    expects: "the name or ID of a network",
    example: "ServiceNet",
  }),
});

/** The openstack section. */
export const openstack = entry(
  z.strictObject({
    cloud: entry(line(), {
      about: "The cloud's name in clouds.yaml.",
      expects: "a name in clouds.yaml",
      example: "campus",
      default: "the variables OS_*",
    }).optional(),
    region: entry(line(), {
      about: "The region.",
      expects: "a region: openstack region list",
      example: "RegionOne",
      default: "the cloud's",
    }).optional(),
    availabilityZone: entry(line(), {
      about: "Where machines and volumes are put.",
      expects: "an availability zone",
      example: "nova",
      default: "the cloud's choice",
    }).optional(),
    image: entry(line(), {
      about: "The Debian image of every machine.",
      expects: "an image: openstack image list",
      example: "debian-13",
    }),
    user: entry(sshUser(), {
      about: "The user that the image has for SSH.",
      expects: "a user name",
      example: "debian",
    }).default("debian"),
    flavors: entry(
      z.strictObject({
        proxy: flavor("Of the proxy's machine.", "m1.small"),
        hub: flavor("Of the hub's machine.", "m1.large"),
        node: flavor("Of each node.", "m1.xlarge"),
        storage: entry(line(), {
          about:
            "Of a machine of its own for the files, which has the data volume then. Decided when the " +
            "semester begins.",
          expects: "a flavor: openstack flavor list",
          example: "m1.large",
          default: "none: the hub's machine keeps the files",
        }).optional(),
      }),
      { about: "The sizes of the machines.", expects: "proxy, hub and node, each a flavor" },
    ),
    nodes: entry(
      z.strictObject({
        count: entry(count(0, 200), {
          about: "How many machines run students' servers; 0: the hub's machine does.",
          expects: "a whole number",
          example: 7,
        }),
        without: entry(z.array(count(1, 10_000)), {
          about:
            "Numbers that are left out: with count 2 and without 1 there are node-2 and node-3. So a " +
            "node that isn't the last can be taken away, and the others stay as they are.",
          expects: "a list of numbers",
          example: "[1]",
        }).default([]),
        memory,
        gpus: gpusOf("each node, of its flavor,"),
        spread: entry(z.enum(["none", "soft", "strict"]), {
          about:
            "Whether no two nodes share a computer of the cloud: `soft` as far as it goes, " +
            "`strict` or not at all.",
          expects: "none, soft or strict",
          example: "soft",
        }).default("none"),
      }),
      { about: "The machines that run students' servers.", expects: "a section with count" },
    ),
    bootVolumeGb: entry(count(1, 10_000), {
      about:
        "Size in GB of each machine's system disk, where it is to be a volume: for flavors " +
        "without a disk.",
      expects: "a whole number of GB",
      example: 40,
      default: "the flavor's own disk",
    }).optional(),
    network: entry(z.discriminatedUnion("kind", [routed, existing, fixed]), {
      about: "How the machines are connected.",
      expects: `a section with \`kind\`: ${kinds}`,
    }),
    adminCidrs: adminCidrs(),
    packageProxy: packageProxy(),
    generations: entry(z.record(line(), count(1, 9999)), {
      about:
        "How many VMs have had a machine's place, by the machine's name; one where it isn't named. One more " +
        "makes the VM anew, from the image as it is now, and again what was on it: for a VM that is broken or " +
        "was deleted, or a newer image. The data volume stays.",
      expects: "machines (proxy, hub, storage, node-1, …), each with a whole number",
      example: { "node-2": 2 },
    }).default({}),
    prices: prices.optional(),
    dataVolumeGb: entry(count(1, 1_000_000), {
      about: "Size in GB of the volume that keeps homes and courses. It can grow, not shrink.",
      expects: "a whole number of GB",
      example: 3000,
    }),
    dataVolumeType: entry(line(), {
      about:
        "The volume's type, as it is made; a later change takes nothing: openstack volume set --type.",
      expects: "a volume type: openstack volume type list",
      example: "ssd",
      default: "the cloud's choice",
    }).optional(),
    dataVolumeId: entry(line(), {
      about:
        "An existing volume that becomes the course's, with the files on it, where the state does not " +
        "know it: the copy of another semester's, or the course's own after the state was lost " +
        "(backups need another `backup.target` then). It stays in the configuration.",
      expects: "the ID of a volume: openstack volume list",
      example: "0f5e1c7a-6d3b-4a8e-9d10-3c2f5b7a9e41",
      default: "the program makes one",
    }).optional(),
    dataVolumeAtEnd: entry(z.enum(["keep", "delete"]), {
      about: "What becomes of that volume when the semester ends.",
      expects: "keep or delete",
      example: "keep",
    }).default("keep"),
    dnsZone: entry(domain(), {
      about: "The zone of the cloud's name service (Designate) that gets a record for the proxy.",
      expects: "the name of a zone: openstack zone list",
      example: "example.edu",
      default: "none: the record is made elsewhere",
    }).optional(),
    backupCredential: entry(
      z.strictObject({
        id: entry(line(), {
          about: "Its id.",
          expects: "the id of an application credential",
          example: "4f6c21be5d2f4d3c8d3ac7a3c2f1e0aa",
        }),
        secret: entry(line(), {
          about: "Its secret.",
          expects: "the secret of an application credential",
          secret: true,
        }),
      }),
      {
        about:
          "The application credential that backups to swift:// use. Needed where the operator's " +
          "own is one that may not make others (a restricted one).",
        expects: "a section with id and secret",
        default: "one that the program makes",
      },
    ).optional(),
  }),
  {
    about: "Machines that the program makes. Needed on `openstack`, refused elsewhere.",
    expects: "a section with image, flavors, nodes, network, adminCidrs and dataVolumeGb",
  },
);
