/** How a semester's VMs are connected: networks, ports, security groups, the public address. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { OpenStackNetwork } from "../../../config/types";
import type { MachineRole } from "../machine";
import { isId } from "./cloudCheck";
import { rulesOf, type GroupName, type Rule } from "./rules";

/** What the network is made from. */
export interface CloudNetworkArgs {
  /** What the names of things in the cloud start with. */
  readonly prefix: string;
  readonly network: OpenStackNetwork;
  /** Ports of the proxy's machine for everybody. */
  readonly publicPorts: readonly number[];
  readonly adminCidrs: readonly string[];
}

/** Where one VM is plugged in. */
export interface Place {
  /** In the order in which the VM sees them: the first has the way out. */
  readonly ports: readonly openstack.networking.Port[];
  readonly internalAddress: pulumi.Output<string>;
  /** Where the world, or the bastion, reaches it. */
  readonly address: pulumi.Output<string>;
  /** What must be there before the VM boots. */
  readonly boot: readonly pulumi.Resource[];
  /** What must be there before SSH reaches it, and as long as it has to. */
  readonly reach: readonly pulumi.Resource[];
}

type Port = openstack.networking.Port;
type NetworkId = pulumi.Input<string>;

/**
 * The networks of one semester. Ports are apart from VMs: a VM that is made again has the address,
 * and the firewall, of the one before.
 */
export class CloudNetwork extends pulumi.ComponentResource {
  private readonly prefix: string;
  private readonly network: OpenStackNetwork;
  private readonly groups: Readonly<Record<GroupName, openstack.networking.SecGroup>>;
  private readonly rules: pulumi.Resource[] = [];
  private readonly common: pulumi.CustomResourceOptions;
  private readonly provider: openstack.Provider;
  private readonly inside: NetworkId;
  /** The subnet of our own, and its way out. */
  private readonly own?: {
    readonly subnet: openstack.networking.Subnet;
    readonly wayOut: openstack.networking.RouterInterface;
  };

  constructor(
    name: string,
    args: CloudNetworkArgs,
    opts: pulumi.ComponentResourceOptions & { readonly provider: openstack.Provider },
  ) {
    super("semesterhub:index:CloudNetwork", name, {}, opts);
    this.prefix = args.prefix;
    this.network = args.network;
    this.provider = opts.provider;
    this.common = { parent: this, provider: opts.provider };
    this.groups = this.declareGroups(args);
    switch (args.network.kind) {
      case "routed": {
        const { inside, ...own } = this.declareOwn(args.network);
        this.inside = inside;
        this.own = own;
        break;
      }
      case "existing":
        this.inside = this.find(args.network.network);
        break;
      case "fixed":
        this.inside = this.find(args.network.internalNetwork);
    }
    this.registerOutputs();
  }

  /** A place for a VM, whose ports belong to the owner of its machine. */
  place(machine: string, role: MachineRole, parent: pulumi.ComponentResource): Place {
    const isPublic = role === "proxy";
    const boot = this.own ? [this.own.wayOut] : [];
    if (this.network.kind === "fixed") {
      const outside = this.declarePort(
        `${machine}-public`,
        this.find(this.network.publicNetwork),
        isPublic ? ["public"] : ["outbound"],
        parent,
      );
      const inside = this.declarePort(machine, this.inside, ["machines"], parent);
      return {
        ports: [outside, inside],
        internalAddress: addressOf(inside),
        address: addressOf(isPublic ? outside : inside),
        boot,
        reach: this.rules,
      };
    }
    const port = this.declarePort(
      machine,
      this.inside,
      isPublic ? ["machines", "public"] : ["machines"],
      parent,
    );
    const internalAddress = addressOf(port);
    return {
      ports: [port],
      internalAddress,
      address: isPublic ? this.declareFloatingIp(this.network, port, parent) : internalAddress,
      boot,
      reach: [...this.rules, ...boot],
    };
  }

  private declareOwn(network: OpenStackNetwork & { kind: "routed" }): {
    readonly inside: NetworkId;
    readonly subnet: openstack.networking.Subnet;
    readonly wayOut: openstack.networking.RouterInterface;
  } {
    const { subnet: addresses, dns, externalNetwork } = network;
    const inside = new openstack.networking.Network(
      "network",
      { name: `${this.prefix}-network`, adminStateUp: true },
      this.common,
    );
    const subnet = new openstack.networking.Subnet(
      "subnet",
      {
        name: `${this.prefix}-subnet`,
        networkId: inside.id,
        cidr: addresses.cidr,
        gatewayIp: addresses.gateway,
        ipVersion: 4,
        ...(dns.length > 0 && { dnsNameservers: [...dns] }),
      },
      this.common,
    );
    const router = new openstack.networking.Router(
      "router",
      {
        name: `${this.prefix}-router`,
        adminStateUp: true,
        externalNetworkId: this.find(externalNetwork, true),
      },
      this.common,
    );
    const wayOut = new openstack.networking.RouterInterface(
      "way-out",
      { routerId: router.id, subnetId: subnet.id },
      this.common,
    );
    return { inside: inside.id, subnet, wayOut };
  }

  /** The ID of a network that is there. Asks the cloud, in a preview too. */
  private find(nameOrId: string, external = false): NetworkId {
    if (isId(nameOrId)) return nameOrId;
    return openstack.networking.getNetworkOutput(
      { name: nameOrId, ...(external && { external }) },
      { parent: this, provider: this.provider },
    ).id;
  }

  private declarePort(
    thing: string,
    networkId: NetworkId,
    groups: readonly GroupName[],
    parent: pulumi.ComponentResource,
  ): Port {
    return new openstack.networking.Port(
      `${thing}-port`,
      {
        name: `${this.prefix}-port-${thing}`,
        networkId,
        adminStateUp: true,
        securityGroupIds: groups.map((group) => this.groups[group].id),
        ...(this.own && { fixedIps: [{ subnetId: this.own.subnet.id }] }),
      },
      { ...this.common, parent },
    );
  }

  private declareFloatingIp(
    network: OpenStackNetwork & { kind: "routed" | "existing" },
    port: Port,
    parent: pulumi.ComponentResource,
  ): pulumi.Output<string> {
    const floatingIp =
      network.floatingIp ??
      new openstack.networking.FloatingIp(
        "address",
        { pool: network.externalNetwork, description: `${this.prefix}-address` },
        { ...this.common, parent },
      ).address;
    return new openstack.networking.FloatingIpAssociate(
      "address-of-proxy",
      { floatingIp, portId: port.id },
      {
        ...this.common,
        parent,
        // There is no way from outside to the port before the router leads to its subnet.
        dependsOn: this.own ? [this.own.wayOut] : [],
        deleteBeforeReplace: true,
      },
    ).floatingIp;
  }

  private declareGroups(args: CloudNetworkArgs): CloudNetwork["groups"] {
    const group = (thing: GroupName, description: string) =>
      new openstack.networking.SecGroup(
        `group-${thing}`,
        // The default rules let everything out: what is let out stands below with the rest.
        { name: `${this.prefix}-${thing}`, description, deleteDefaultRules: true },
        this.common,
      );
    const groups = {
      machines: group("machines", "What the machines of the semester say to each other"),
      public: group("public", "What the world may say to the proxy's machine"),
      outbound: group("outbound", "The public side of machines that nobody reaches from there"),
    };
    for (const [thing, rules] of Object.entries(rulesOf(args))) {
      for (const rule of rules) this.declareRule(thing as GroupName, groups, rule);
    }
    return groups;
  }

  private declareRule(group: GroupName, groups: CloudNetwork["groups"], rule: Rule): void {
    const { name, direction, etherType, protocol, ports, from } = rule;
    this.rules.push(
      new openstack.networking.SecGroupRule(
        `${group}-${name}`,
        {
          securityGroupId: groups[group].id,
          direction,
          ethertype: etherType,
          ...(protocol && { protocol }),
          ...(ports && { portRangeMin: ports[0], portRangeMax: ports[1] }),
          ...(from === "machines"
            ? { remoteGroupId: groups.machines.id }
            : from && { remoteIpPrefix: from.cidr }),
        },
        { ...this.common, deleteBeforeReplace: true },
      ),
    );
  }
}

/** A port's address, which stays when its VM is made again. */
function addressOf(port: Port): pulumi.Output<string> {
  return port.allFixedIps.apply((addresses) => {
    const found = addresses.find((address) => !address.includes(":"));
    if (found === undefined) throw new pulumi.RunError("A port of the cloud has no IPv4 address.");
    return found;
  });
}
