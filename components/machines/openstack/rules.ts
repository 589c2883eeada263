/** What the cloud lets in to the machines: pure data, before anything is declared. */
import { portsOf } from "../../../config/ports";

/** One rule of a security group. */
export interface Rule {
  /** Part of the resource's name; with it a rule stays the same when others come and go. */
  readonly name: string;
  readonly direction: "ingress" | "egress";
  readonly etherType: "IPv4" | "IPv6";
  /** Absent: every protocol. */
  readonly protocol?: "tcp";
  /** First and last port. */
  readonly ports?: readonly [number, number];
  /** A network, or the machines of the semester. Absent: everybody. */
  readonly from?: { readonly cidr: string } | "machines";
}

/** The groups: on the machines' own network, on the proxy's public side, on the others' public side. */
export type GroupName = "machines" | "public" | "outbound";

const { forwards } = portsOf();
const everywhere = { cidr: "0.0.0.0/0" };
const sshPort = 22;

const egress: readonly Rule[] = [
  { name: "out", direction: "egress", etherType: "IPv4" },
  { name: "out6", direction: "egress", etherType: "IPv6" },
];

/**
 * Who reaches what: everybody the course on the proxy; admins its SSH and the ports that lead to the
 * engines; the machines each other; nobody else anything.
 */
export function rulesOf(args: {
  readonly publicPorts: readonly number[];
  readonly adminCidrs: readonly string[];
}): Readonly<Record<GroupName, readonly Rule[]>> {
  const tcp = (name: string, cidr: string, first: number, last = first): Rule => ({
    name,
    direction: "ingress",
    etherType: "IPv4",
    protocol: "tcp",
    ports: [first, last],
    from: { cidr },
  });
  return {
    machines: [
      { name: "each-other", direction: "ingress", etherType: "IPv4", from: "machines" },
      ...egress,
    ],
    public: [
      ...args.publicPorts.map((port) => tcp(`port-${port}`, everywhere.cidr, port)),
      ...args.adminCidrs.flatMap((cidr) => {
        const who = cidr.replace(/[./]/g, "-");
        return [
          tcp(`ssh-${who}`, cidr, sshPort),
          // Of a fixed range, so that one more machine changes no rule.
          tcp(`engines-${who}`, cidr, forwards.first, forwards.last),
        ];
      }),
      ...egress,
    ],
    outbound: egress,
  };
}
