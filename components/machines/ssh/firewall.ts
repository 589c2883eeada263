/**
 * The firewall of a machine, as the text that nft reads: pure functions of data. One table, whose frame
 * is the same whichever semester of the machine writes it; each semester has rules of its own in it.
 */
import type { MachineRole } from "../machine";
import type { Ports } from "../../../config/ports";

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
const table = "inet semesterhub_machine";

/** What one semester lets in to one machine. */
export interface SemesterRulesArgs {
  readonly stack: string;
  /** Which of several semesters on the machine it is. */
  readonly slot: number;
  readonly ports: Ports;
  readonly role: MachineRole;
  /** Whether this machine exports the files to the nodes. */
  readonly keepsFiles: boolean;
  /** Whether the hub's machine has the registry that images come from. */
  readonly ownRegistry: boolean;
  /** The port of SSH. */
  readonly sshPort: number;
  /** Networks of those who administer the machines, and the bastion. */
  readonly admins: readonly string[];
  /** The internal addresses of the two machines that every course has. */
  readonly proxy: string;
  readonly hub: string;
  /** That of the machine for storage where it is one of its own, and every other address of all these. */
  readonly addresses: readonly string[];
  /**
   * The network from which nodes gossip with each other. A network and not a list: one more node
   * changes nothing on those that are there.
   */
  readonly internalNetwork: string;
  /** TCP ports for everybody; none but on the proxy's machine. */
  readonly publicPorts: readonly number[];
  /** Whether admins reach the engine itself, because nothing hands them on. */
  readonly engineForAdmins: boolean;
}

/**
 * The frame: a table of our own, beside Docker's and without a word about what Docker decides there.
 * What is dropped here is dropped whatever another table says; what is accepted here still has to pass
 * the others. Loading it replaces the table, with all semesters' rules, in one transaction and leaves
 * connections alone. `bridges` is the network that Docker takes its bridges' addresses from.
 */
export function firewall(bridges: string): string {
  // Docker's bridges: those that it always makes, and the network that it takes all others from.
  const fromContainers = (verdict: string) => [
    `iifname "docker*" ${verdict}`,
    `ip saddr ${bridges} ${verdict}`,
  ];
  return `# semesterhub wrote this; the next "npm run up" writes it again.
table ${table} {}
delete table ${table}
table ${table} {
  # The machines that containers have no business with. It and the chains before "input" are filled by
  # the semesters on this machine.
  set closed {
    type ipv4_addr
  }
${["everybody", "containers", "machines", "published_everybody", "published_machines"]
  .map((name) => chain(name, []))
  .join("\n")}
${chain("input", [
  hook("input", "drop"),
  'iif "lo" accept',
  "ct state established,related accept",
  // ICMP, by number: names need a file that a bare Debian doesn't have. Path MTU, neighbours, ping.
  "meta l4proto { 1, 58 } accept",
  // Addresses from DHCP.
  "udp sport 67 udp dport 68 accept",
  "jump everybody",
  ...fromContainers("jump containers"),
  ...fromContainers("drop"),
  "jump machines",
])}
${chain("forward", [
  hook("forward", "accept"),
  // Ports that Docker publishes are forwarded, and don't come by the chain \`input\`.
  "ct state established,related accept",
  "ct status dnat jump published_everybody",
  // No container has business with the cloud's metadata or with how machines talk to each other; none
  // but the proxy, which hands requests on to the hub's machine, with the machines at all.
  ...fromContainers("ct original ip daddr 169.254.0.0/16 drop"),
  ...fromContainers(`meta l4proto { tcp, udp } th dport ${set(Object.values(swarm))} drop`),
  ...fromContainers("ct original ip daddr @closed drop"),
  ...fromContainers("accept"),
  "ct status dnat jump published_machines",
  "ct status dnat drop",
])}
}
# The first names the sets that the others fill, one file for each node.
include "/etc/semesterhub/semesters.d/*/rules"
include "/etc/semesterhub/semesters.d/*/*.nft"
# Where an older semesterhub had those files.
include "/etc/semesterhub/firewall.d/*.nft"
`;
}

/** The name of the set with a semester's nodes. */
export function nodesOf(slot: number): string {
  return setName("nodes", slot);
}

/** What a semester adds to the frame: sets and rules of its own, so that it lets in for itself alone. */
export function semesterRules(args: SemesterRulesArgs): string {
  const { stack, slot, ports, role, sshPort, admins, publicPorts } = args;
  const { first, last } = ports.forwards;
  const handedOn = role === "proxy" ? [`${first}-${last}`] : [];
  const adminPorts = [sshPort, ...handedOn, ...(args.engineForAdmins ? [ports.engine] : [])];
  const { input, published } = fromMachines(args);
  const tcp = publicPorts.length > 0 ? [set(publicPorts)] : [];
  const own = (name: string, type: string, elements: readonly string[]) =>
    `  set ${setName(name, slot)} {
    type ${type}${elements.length === 0 ? "" : `\n    elements = ${set(elements)}`}
  }`;
  const machines = new Set([args.proxy, args.hub, ...args.addresses]);
  // From the hub's machine the proxy is reached as from anywhere: the check of the course goes there.
  const closed = [...machines].filter((one) => role !== "hub" || one !== args.proxy);
  return `# Of the stack ${stack}.
table ${table} {
${own("admins", "ipv4_addr; flags interval; auto-merge", admins)}
${own("internal", "ipv4_addr; flags interval", [args.internalNetwork])}
${own("proxy", "ipv4_addr", [args.proxy])}
${own("hub", "ipv4_addr", [args.hub])}
${own("nodes", "ipv4_addr", [])}
${chains({
  everybody: tcp.map((numbers) => `tcp dport ${numbers} accept`),
  // What a machine's own containers may have of it: the hub starts servers on its engine.
  containers: role === "hub" ? [`tcp dport ${ports.engine} accept`] : [],
  machines: [`tcp dport ${set(adminPorts)} ip saddr @${setName("admins", slot)} accept`, ...input],
  published_everybody: tcp.map(
    (numbers) => `meta l4proto tcp ct original proto-dst ${numbers} accept`,
  ),
  published_machines: published,
})}
}
${role === "proxy" ? "" : `add element ${table} closed ${set(closed)}\n`}`;
}

/**
 * What the machines want of each other, each port from whom needs it: of the machine itself, and of
 * ports that its containers publish.
 */
function fromMachines({ role, slot, ports, keepsFiles, ownRegistry }: SemesterRulesArgs): {
  readonly input: readonly string[];
  readonly published: readonly string[];
} {
  const from = (name: string) => `ip saddr @${setName(name, slot)} accept`;
  const tcp = (port: number, name: string) => `tcp dport ${port} ${from(name)}`;
  const published = (port: number, name: string) =>
    `meta l4proto tcp ct original proto-dst ${port} ${from(name)}`;
  const overlay = (name: string) => [
    `udp dport ${swarm.overlay} ${from(name)}`,
    `meta l4proto ${esp} ${from(name)}`,
  ];
  const gossip = `meta l4proto { tcp, udp } th dport ${swarm.gossip} ${from("internal")}`;
  // The proxy's machine hands the operator on to the engines, its own among them.
  const engine = tcp(ports.engine, "proxy");
  const files = keepsFiles ? [tcp(nfs, "nodes")] : [];
  switch (role) {
    case "proxy":
      return { input: [], published: [] };
    case "hub":
      return {
        input: [engine, gossip, ...overlay("nodes"), tcp(swarm.manager, "nodes"), ...files],
        published: [
          published(ports.chp, "proxy"),
          ...(ownRegistry
            ? [published(ports.registry, "proxy"), published(ports.registry, "nodes")]
            : []),
        ],
      };
    case "storage":
    case "node":
      // Students' servers talk to the hub's machine, and to nobody on another node; nor do services.
      return { input: [engine, gossip, ...overlay("hub"), ...files], published: [] };
  }
}

function setName(name: string, slot: number): string {
  return slot === 0 ? name : `${name}_${slot}`;
}

function set(elements: readonly (string | number)[]): string {
  return `{ ${elements.join(", ")} }`;
}

/** A little ahead of the usual place: what is dropped here is counted nowhere else. */
function hook(chain: "input" | "forward", policy: "accept" | "drop"): string {
  return `type filter hook ${chain} priority filter - 5; policy ${policy};`;
}

function chains(rules: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(rules)
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => chain(name, lines))
    .join("\n");
}

function chain(name: string, lines: readonly string[]): string {
  if (lines.length === 0) return `  chain ${name} {}`;
  return [`  chain ${name} {`, ...lines.map((line) => `    ${line}`), "  }"].join("\n");
}
