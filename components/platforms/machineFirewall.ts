/** The firewall of a machine, as the text that nft reads: a pure function of data. */
import { enginePorts } from "../../config/checksCloud";
import { ports } from "../ports";

/** The Swarm's own ports. Each speaks only to who has its keys, but for the last. */
const swarm = {
  /** TCP, a manager's: joins and orders. */
  manager: 2377,
  /** TCP and UDP: who is where. */
  gossip: 7946,
  /** UDP: what containers say to each other. */
  overlay: 4789,
} as const;
const nfs = 2049;
/** What carries the overlay where it is encrypted. */
const esp = 50;

/** What one machine lets in. */
export interface FirewallArgs {
  readonly role: "proxy" | "hub" | "node";
  /** The port of SSH. */
  readonly sshPort: number;
  /** Networks of those who administer the machines, and the bastion. */
  readonly admins: readonly string[];
  /** The internal addresses of the two machines that every course has. */
  readonly proxy: string;
  readonly hub: string;
  /** Every other address of these two. */
  readonly addresses: readonly string[];
  /**
   * The network from which nodes gossip with each other. A network and not a list: one more node
   * changes nothing on those that are there.
   */
  readonly internalNetwork: string;
  /** The network that Docker takes its bridges' addresses from. */
  readonly bridges: string;
  /** TCP ports for everybody; none but on the proxy's machine. */
  readonly publicPorts: readonly number[];
  /** Whether admins reach the engine itself, because nothing hands them on. */
  readonly engineForAdmins: boolean;
}

/**
 * The ruleset: a table of our own, beside Docker's and without a word about what Docker decides
 * there. What is dropped here is dropped whatever another table says; what is accepted here still has
 * to pass the others. Loading it replaces the table in one transaction and leaves connections alone.
 */
export function firewall(args: FirewallArgs): string {
  const { role, sshPort, admins, publicPorts, bridges } = args;
  const handedOn = role === "proxy" ? [`${enginePorts.first}-${enginePorts.last}`] : [];
  const adminPorts = [sshPort, ...handedOn, ...(args.engineForAdmins ? [ports.engine] : [])];
  const anybody = publicPorts.length > 0;
  const { input, published } = fromMachines(role);
  // Docker's bridges: those that it always makes, and the network that it takes all others from.
  const fromContainers = (verdict: string) => [
    `iifname "docker*" ${verdict}`,
    `ip saddr ${bridges} ${verdict}`,
  ];
  return `# semesterhub wrote this; the next "npm run up" writes it again.
table inet semesterhub_machine {}
delete table inet semesterhub_machine
table inet semesterhub_machine {
  set admins {
    type ipv4_addr; flags interval; auto-merge
    elements = ${set(admins)}
  }
  set addresses {
    type ipv4_addr
    elements = ${set([...new Set([args.proxy, args.hub, ...args.addresses])])}
  }
  set internal {
    type ipv4_addr; flags interval
    elements = ${set([args.internalNetwork])}
  }
  set proxy {
    type ipv4_addr
    elements = ${set([args.proxy])}
  }
  set hub {
    type ipv4_addr
    elements = ${set([args.hub])}
  }
  # Filled by the files of firewall.d, one for each node.
  set nodes {
    type ipv4_addr
  }
${chain("containers", "", [
  // What a machine's own containers may have of it: the hub starts servers on its engine.
  ...(role === "hub" ? [`tcp dport ${ports.engine} accept`] : []),
  "drop",
])}
${chain("input", hook("input", "drop"), [
  'iif "lo" accept',
  "ct state established,related accept",
  // ICMP, by number: names need a file that a bare Debian doesn't have. Path MTU, neighbours, ping.
  "meta l4proto { 1, 58 } accept",
  // Addresses from DHCP.
  "udp sport 67 udp dport 68 accept",
  ...(anybody ? [`tcp dport ${set(publicPorts)} accept`] : []),
  ...fromContainers("jump containers"),
  `tcp dport ${set(adminPorts)} ip saddr @admins accept`,
  ...input,
])}
${chain("forward", hook("forward", "accept"), [
  // Ports that Docker publishes are forwarded, and don't come by the chain \`input\`.
  "ct state established,related accept",
  ...(anybody
    ? [`ct status dnat meta l4proto tcp ct original proto-dst ${set(publicPorts)} accept`]
    : []),
  // No container has business with the cloud's metadata or with how machines talk to each other; none
  // but the proxy, which hands requests on to the hub's machine, with the machines at all.
  ...fromContainers("ct original ip daddr 169.254.0.0/16 drop"),
  ...fromContainers(`meta l4proto { tcp, udp } th dport ${set(Object.values(swarm))} drop`),
  ...(role === "proxy" ? [] : fromContainers("ct original ip daddr @addresses drop")),
  ...fromContainers("accept"),
  ...published,
  "ct status dnat drop",
])}
}
include "/etc/semesterhub/firewall.d/*.nft"
`;
}

/**
 * What the machines want of each other, each port from whom needs it: of the machine itself, and of
 * ports that its containers publish.
 */
function fromMachines(role: FirewallArgs["role"]): {
  readonly input: readonly string[];
  readonly published: readonly string[];
} {
  const tcp = (port: number, from: string) => `tcp dport ${port} ip saddr @${from} accept`;
  const published = (port: number, from: string) =>
    `ct status dnat meta l4proto tcp ct original proto-dst ${port} ip saddr @${from} accept`;
  const overlay = (from: string) => [
    `udp dport ${swarm.overlay} ip saddr @${from} accept`,
    `meta l4proto ${esp} ip saddr @${from} accept`,
  ];
  const gossip = `meta l4proto { tcp, udp } th dport ${swarm.gossip} ip saddr @internal accept`;
  // The proxy's machine hands the operator on to the engines, its own among them.
  const engine = tcp(ports.engine, "proxy");
  switch (role) {
    case "proxy":
      return { input: [], published: [] };
    case "hub":
      return {
        input: [
          engine,
          gossip,
          ...overlay("nodes"),
          tcp(swarm.manager, "nodes"),
          tcp(nfs, "nodes"),
        ],
        published: [
          published(ports.chp, "proxy"),
          published(ports.registry, "proxy"),
          published(ports.registry, "nodes"),
        ],
      };
    case "node":
      // Students' servers talk to the hub's machine, and to nobody on another node.
      return { input: [engine, gossip, ...overlay("hub")], published: [] };
  }
}

function set(elements: readonly (string | number)[]): string {
  return `{ ${elements.join(", ")} }`;
}

/** A little ahead of the usual place: what is dropped here is counted nowhere else. */
function hook(place: "input" | "forward", policy: "accept" | "drop"): string {
  return `type filter hook ${place} priority filter - 5; policy ${policy};`;
}

function chain(name: string, header: string, rules: readonly string[]): string {
  const lines = [header, ...rules].filter((line) => line !== "").map((line) => `    ${line}`);
  return [`  chain ${name} {`, ...lines, "  }"].join("\n");
}
