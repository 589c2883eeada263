/** Machines that exist already: the section of the platform hosts. */
import { z } from "zod";
import { slots } from "../ports";
import { cidr, count, domain, entry, file, line, size } from "./entry";
import { parseAddress } from "../values";

const gibibyte = 2 ** 30;

const address = () =>
  line(253).refine(
    (text) => parseAddress(text) !== undefined || !/^[\d.]+$/.test(text),
    "is not an IPv4 address",
  );

/** An IPv4 address. */
export const ipAddress = () =>
  line(15).refine((text) => parseAddress(text) !== undefined, "is not an IPv4 address");

/** The memory of a machine. */
export const memory = entry(size(gibibyte / 2, 65536 * gibibyte), {
  about: "Memory of the machine; with it, limits that cannot fit are refused.",
  expects: "a size",
  example: "32G",
  default: "unknown",
}).optional();

/** The GPUs of a machine, or of each of several. */
export const gpusOf = (machines: string) =>
  entry(count(0, 16), {
    about:
      `NVIDIA GPUs of ${machines} that servers can have, each for one server at a time: servers of profiles ` +
      "with `gpus`. They need NVIDIA's driver and container toolkit (docs/machines.md).",
    expects: "a whole number",
    example: 2,
  }).default(0);

/** The user that SSH logs in as. */
export const sshUser = () => line(32).regex(/^[a-z_][a-z0-9_-]*$/, "is not a user name");

/** Who administers the machines. */
export const adminCidrs = () =>
  entry(z.array(cidr().transform((network) => network.cidr)).min(1, "is empty"), {
    about:
      "The networks from which administrators reach the machines: SSH, and the engines through the " +
      "proxy's machine. Whoever runs semesterhub must be in one of them.",
    expects: "a list of IPv4 networks",
    example: ["198.51.100.0/24"],
  });

/** Where machines get Debian's packages that reach no mirror themselves. */
export const packageProxy = () =>
  entry(
    line().regex(
      /^http:\/\/[\w.-]+(:\d{1,5})?\/?$/,
      "is not an http:// address without a password",
    ),
    {
      about:
        "The HTTP proxy through which the machines get Debian's packages, such as a campus's " +
        "apt-cacher-ng: for machines that don't reach a mirror themselves, or not the internet.",
      expects: "an http:// address",
      example: "http://10.1.2.3:3142",
      default: "none: they reach their mirror as their image has it",
    },
  ).optional();

/** One machine that exists already. */
const host = z.strictObject({
  name: entry(domain(), {
    about: "What it is called in messages, and in the Swarm.",
    expects: "a host name",
    example: "node-1",
    default: "its role: proxy, hub, storage or bastion",
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
    about: "The operator's private key for its SSH, as in `hosts.keyFile`.",
    expects: "the path of a private key",
    example: "~/.ssh/id_ed25519",
    default: "`hosts.keyFile`",
  }).optional(),
  memory,
  generation: entry(count(1, 9999), {
    about:
      "How many machines have had this place. Write one more where the machine was rebuilt, or another one " +
      "stands in its place: the program trusts its new host key, prepares it, and makes again what was on it.",
    expects: "a whole number",
    example: 2,
  }).default(1),
});

/** The hub's machine, which runs students' servers where there are no nodes. */
const hub = host.extend({ gpus: gpusOf("the machine") });

/** A machine that runs students' servers: its name is what everything that it has is remembered by. */
const node = host.extend({
  name: entry(domain(), {
    about:
      "What it is called in messages, in the Swarm, and in everything that is remembered of it: " +
      "taking one machine from the list leaves the others as they are.",
    expects: "a host name that stays with the machine",
    example: "node-1",
  }),
  gpus: gpusOf("the machine"),
});

/** The local section. */
export const local = entry(
  z.strictObject({
    generation: entry(count(1, 9999), {
      about:
        "How many engines have held the course. Write one more where the engine of this computer lost what " +
        "was in it (its data is new, or it left its Swarm): the program makes services, networks, secrets " +
        "and images again. Files and backups stay.",
      expects: "a whole number",
      example: 2,
    }).default(1),
  }),
  { about: "This computer. Refused on other platforms.", expects: "a section" },
);

/** The hosts section. */
export const hosts = entry(
  z.strictObject({
    user: entry(sshUser(), {
      about: "The user on every machine that doesn't name its own.",
      expects: "a user name",
      example: "debian",
    }).default("root"),
    keyFile: entry(file(), {
      about:
        "The operator's private key for machines that don't name their own. It logs in to a machine once, " +
        "when the machine joins, to let in a key that the stack has made for itself; another operator's is as good.",
      expects: "the path of a private key",
      example: "~/.ssh/id_ed25519",
      default: "the keys of the operator's SSH agent and of `~/.ssh`",
    }).optional(),
    proxy: entry(host, {
      about: "The machine that browsers reach.",
      expects: "a machine",
    }),
    hub: entry(hub, {
      about: "The machine that runs the hub, and keeps the files unless `storage` does.",
      expects: "a machine",
    }),
    storage: entry(host, {
      about:
        "A machine of its own for the files, where many nodes would slow the hub down: it keeps and " +
        "exports them and backs them up. Decided when the semester begins.",
      expects: "a machine",
      default: "the hub's machine",
    }).optional(),
    nodes: entry(z.array(node).max(200, "are more than 200 machines"), {
      about: "The machines that run students' servers; none: the hub's machine does.",
      expects: "a list of machines",
    }).default([]),
    bastion: entry(host, {
      about: "The machine that SSH goes through.",
      expects: "a machine",
      default: "the proxy's machine",
    }).optional(),
    adminCidrs: adminCidrs(),
    packageProxy: packageProxy(),
    internalNetwork: entry(cidr(), {
      about:
        "The network that holds the internal addresses of the hub and the nodes, the present and the " +
        "coming ones. The Swarm's members find each other in it; all else is open to the single " +
        "machines that need it.",
      expects: "an IPv4 network",
      example: "10.0.4.0/22",
      default: "the 256 addresses around the hub's internal address",
    }).optional(),
    slot: entry(count(0, slots - 1), {
      about:
        "Which of several semesters on the same machines this is: 0 for the one that is alone or was " +
        "first, another number for a prototype beside it. It decides the ports of engines, chp and " +
        "registry; docs/machines.md says what else the two must not have in common.",
      expects: "a whole number from 0 to 9",
      example: 1,
    }).default(0),
  }),
  {
    about: "Debian machines that exist already. Needed on the platform `hosts`, refused elsewhere.",
    expects: "a section with proxy, hub, nodes and adminCidrs",
  },
);
