/** Where the machines come from: the sections of the platforms hosts and openstack. */
import { z } from "zod";
import { cidr, count, domain, entry, file, line, size } from "./entry";
import { parseAddress } from "./values";

const gibibyte = 2 ** 30;

const address = () =>
  line(253).refine(
    (text) => parseAddress(text) !== undefined || !/^[\d.]+$/.test(text),
    "is not an IPv4 address",
  );

const ipAddress = () =>
  line(15).refine((text) => parseAddress(text) !== undefined, "is not an IPv4 address");

const memory = entry(size(gibibyte / 2, 65536 * gibibyte), {
  about: "Memory of the machine; with it, limits that cannot fit are refused.",
  expects: "a size",
  example: "32G",
  default: "unknown",
}).optional();

const sshUser = () => line(32).regex(/^[a-z_][a-z0-9_-]*$/, "is not a user name");

const adminCidrs = () =>
  entry(z.array(cidr().transform((network) => network.cidr)).min(1, "is empty"), {
    about:
      "The networks from which administrators reach the machines: SSH, and the engines through the " +
      "proxy's machine. Whoever runs semesterhub must be in one of them.",
    expects: "a list of IPv4 networks",
    example: ["198.51.100.0/24"],
  });

/** One machine that exists already. */
const host = z.strictObject({
  name: entry(domain(), {
    about: "What it is called in messages, and in the Swarm.",
    expects: "a host name",
    example: "node-1",
    default: "its place: proxy, hub, node-1, node-2, …, bastion",
  }).optional(),
  address: entry(address(), {
    about: "Where SSH reaches it (through the bastion).",
    expects: "an IPv4 address or a host name",
    example: "203.0.113.10",
  }),
  internalAddress: entry(ipAddress(), {
    about: "Its address on the network that the machines share.",
    expects: "an IPv4 address",
    example: "10.0.5.10",
    default: "`address`",
  }).optional(),
  port: entry(count(1, 65535), {
    about: "The port of SSH.",
    expects: "a port number",
    example: 22,
  }).default(22),
  user: entry(sshUser(), {
    about: "The user that SSH logs in as: root, or one with sudo that asks no password.",
    expects: "a user name",
    example: "debian",
    default: "`hosts.user`",
  }).optional(),
  keyFile: entry(file(), {
    about: "The private key for SSH.",
    expects: "the path of a private key",
    example: "~/.ssh/id_ed25519",
    default: "`hosts.keyFile`",
  }).optional(),
  memory,
});

/** The hosts section. */
export const hosts = entry(
  z.strictObject({
    user: entry(sshUser(), {
      about: "The user on every machine that doesn't name its own.",
      expects: "a user name",
      example: "debian",
    }).default("root"),
    keyFile: entry(file(), {
      about: "The private key for every machine that doesn't name its own.",
      expects: "the path of a private key",
      example: "~/.ssh/id_ed25519",
    }).default("~/.ssh/id_ed25519"),
    proxy: entry(host, {
      about: "The machine that browsers reach.",
      expects: "a machine",
    }),
    hub: entry(host, {
      about: "The machine that keeps the data and runs the hub.",
      expects: "a machine",
    }),
    nodes: entry(z.array(host), {
      about: "The machines that run students' servers; none: the hub's machine does.",
      expects: "a list of machines",
    }).default([]),
    bastion: entry(host, {
      about: "The machine that SSH goes through.",
      expects: "a machine",
      default: "the proxy's machine",
    }).optional(),
    adminCidrs: adminCidrs(),
  }),
  {
    about: "Debian machines that exist already. Needed on the platform `hosts`, refused elsewhere.",
    expects: "a section with proxy, hub, nodes and adminCidrs",
  },
);

const flavor = (about: string, example: string) =>
  entry(line(), { about, expects: "a flavor: openstack flavor list", example });

const routed = z.strictObject({
  kind: entry(z.literal("routed"), {
    about: "A network of its own behind a router; the proxy has a floating IP.",
    expects: "routed or fixed",
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
});

const fixed = z.strictObject({
  kind: entry(z.literal("fixed"), {
    about: "Two networks of the provider's, as at Rackspace: no router and no floating IP.",
    expects: "routed or fixed",
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
        memory,
      }),
      { about: "The machines that run students' servers.", expects: "a section with count" },
    ),
    network: entry(z.discriminatedUnion("kind", [routed, fixed]), {
      about: "How the machines are connected.",
      expects: "a section with `kind`: routed or fixed",
    }),
    adminCidrs: adminCidrs(),
    dataVolumeGb: entry(count(1, 1_000_000), {
      about: "Size in GB of the volume that keeps homes and courses. It can grow, not shrink.",
      expects: "a whole number of GB",
      example: 3000,
    }),
    dataVolumeType: entry(line(), {
      about: "The volume's type.",
      expects: "a volume type: openstack volume type list",
      example: "ssd",
      default: "the cloud's choice",
    }).optional(),
  }),
  {
    about: "Machines that the program makes. Needed on `openstack`, refused elsewhere.",
    expects: "a section with image, flavors, nodes, network, adminCidrs and dataVolumeGb",
  },
);
