/** The firewall of a machine, as the text that nft reads: a pure function of data. */

/** Ports that every machine agrees on. */
export const ports = {
  /** The engine, behind mutual TLS. */
  engine: 2376,
} as const;

/** What one machine lets in. */
export interface FirewallArgs {
  readonly role: "proxy" | "hub" | "node";
  /** The port of SSH. */
  readonly sshPort: number;
  /** Networks of those who administer the machines, and the bastion. */
  readonly admins: readonly string[];
  /** The internal addresses of all machines of the semester, or the network that is theirs alone. */
  readonly machines: readonly string[];
  /** Every other address of theirs. */
  readonly addresses: readonly string[];
  /** The network that Docker takes its bridges' addresses from. */
  readonly bridges: string;
  /** TCP ports for everybody; none but on the proxy's machine. */
  readonly publicPorts: readonly number[];
  /** Ports that are handed on to engines, for the admins: a port or a range each. */
  readonly forwards: readonly string[];
  /** Whether admins reach the engine itself, because nothing hands them on. */
  readonly engineForAdmins: boolean;
}

/**
 * The ruleset: a table of our own, beside Docker's and without a word about what Docker decides
 * there. What is dropped here is dropped whatever another table says; what is accepted here still has
 * to pass the others. Loading it replaces the table in one transaction and leaves connections alone.
 */
export function firewall(args: FirewallArgs): string {
  const { role, sshPort, admins, machines, addresses, publicPorts, forwards } = args;
  const { engineForAdmins } = args;
  const adminPorts = [sshPort, ...forwards, ...(engineForAdmins ? [ports.engine] : [])];
  const anybody = publicPorts.length > 0;
  // Docker's bridges: those that it always makes, and the network that it takes all others from.
  const fromContainers = (verdict: string) => [
    `iifname "docker*" ${verdict}`,
    `ip saddr ${args.bridges} ${verdict}`,
  ];
  const input = [
    'iif "lo" accept',
    "ct state established,related accept",
    // ICMP, by number: names need a file that a bare Debian doesn't have. Path MTU, neighbours, ping.
    "meta l4proto { 1, 58 } accept",
    // Addresses from DHCP.
    "udp sport 67 udp dport 68 accept",
    ...(anybody ? [`tcp dport ${set(publicPorts)} accept`] : []),
    ...fromContainers("jump containers"),
    `tcp dport ${set(adminPorts)} ip saddr @admins accept`,
    // SSH and the forwards are the admins' alone, also among the machines.
    `tcp dport ${set([sshPort, ...forwards])} drop`,
    "ip saddr @machines accept",
  ];
  // What a machine's own containers may have of it: the hub starts servers on its engine.
  const containers = [...(role === "hub" ? [`tcp dport ${ports.engine} accept`] : []), "drop"];
  // Ports that Docker publishes are forwarded, and don't come by the chain `input`.
  const forward = [
    "ct state established,related accept",
    ...(anybody
      ? [`ct status dnat meta l4proto tcp ct original proto-dst ${set(publicPorts)} accept`]
      : []),
    // No container has business with the cloud's metadata; none but the proxy, which hands requests on
    // to the hub's machine, with any machine.
    ...fromContainers("ct original ip daddr 169.254.0.0/16 drop"),
    ...(role === "proxy" ? [] : fromContainers("ct original ip daddr @addresses drop")),
    ...fromContainers("accept"),
    "ct status dnat ip saddr @machines accept",
    "ct status dnat drop",
  ];
  return `# semesterhub wrote this; the next "npm run up" writes it again.
table inet semesterhub_machine {}
delete table inet semesterhub_machine
table inet semesterhub_machine {
  set admins {
    type ipv4_addr; flags interval; auto-merge
    elements = ${set(admins)}
  }
  set machines {
    type ipv4_addr; flags interval; auto-merge
    elements = ${set([...new Set(machines)])}
  }
  set addresses {
    type ipv4_addr; flags interval; auto-merge
    elements = ${set([...new Set([...machines, ...addresses])])}
  }
${chain("containers", "", containers)}
${chain("input", hook("input", "drop"), input)}
${chain("forward", hook("forward", "accept"), forward)}
}
`;
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
