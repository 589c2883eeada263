import * as pulumi from "@pulumi/pulumi";
import type { ImagesConfig } from "../../../config/types";
import type { Subnet } from "../../../config/values";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { Machines } from "../machine";
import { portsOf } from "../../../config/ports";
import { readHostKey } from "./hostKey";
import type { SemesterReservation } from "./reservation";
import { connectionTo, type Bastion } from "./connection";
import { SshMachine, type SshMachineArgs, type SshMachineConfig } from "./sshMachine";

/** One machine of a semester, as its platform knows it. */
export interface SshMachinePlan {
  readonly machine: SshMachineConfig;
  /** Changes when the machine is made anew at the same address. */
  readonly identity?: pulumi.Input<string>;
  /** What must be there first, and what takes the machine with it when it goes. */
  readonly options?: pulumi.ComponentResourceOptions;
}

/** The machines of a semester that SSH reaches. */
export interface SshMachinesArgs {
  readonly proxy: SshMachinePlan;
  readonly hub: SshMachinePlan;
  /** Keeps the files. Default: the hub's machine does. */
  readonly storage?: SshMachinePlan;
  readonly nodes: readonly SshMachinePlan[];
  readonly semester: SemesterReservation;
  /** What SSH goes through. Default: the proxy's machine. */
  readonly bastion?: SshMachinePlan;
  readonly authority: CertificateAuthority;
  readonly adminCidrs: readonly string[];
  /** What holds the machines' internal addresses, in CIDR form. */
  readonly internalNetwork: string;
  readonly bridges: Subnet;
  /** The HTTP proxy that Debian's packages come through. Default: none. */
  readonly packageProxy?: string;
  /** A registry that has the images. Default: the one on the hub's machine. */
  readonly images?: ImagesConfig;
}

/**
 * Prepares the machines, all at the same time: those behind the bastion wait for nothing but its host
 * key. Their engines are reached through the proxy's machine, one port each.
 */
export function sshMachines(name: string, args: SshMachinesArgs): Machines {
  const { semester, authority, adminCidrs, internalNetwork, bridges } = args;
  const ports = portsOf(semester.slot);
  const where = ({ machine: { address, internalAddress } }: SshMachinePlan) =>
    pulumi.output({ address, internalAddress });
  const common = {
    semester,
    authority,
    adminCidrs,
    internalNetwork,
    bridges,
    proxy: where(args.proxy),
    hub: where(args.hub),
    ...(args.storage && { storage: where(args.storage) }),
    ...(args.packageProxy === undefined ? {} : { packageProxy: args.packageProxy }),
    registry: args.images
      ? {
          own: false,
          server: args.images.registry.server,
          certificateAuthority: args.images.certificateAuthority ?? "",
        }
      : {
          own: true,
          server: pulumi.interpolate`${args.hub.machine.internalAddress}:${ports.registry}`,
          certificateAuthority: authority.certificate,
        },
  };
  const declare = (
    { machine, identity, options }: SshMachinePlan,
    rest: Pick<SshMachineArgs, "role" | "bastion" | "forward" | "admittedBy">,
  ) =>
    new SshMachine(
      `${name}-machine-${machine.name}`,
      { ...common, machine, ...(identity === undefined ? {} : { identity }), ...rest },
      options,
    );
  const bastion: Bastion | undefined =
    args.bastion && new JumpHost(`${name}-machine-${args.bastion.machine.name}`, args.bastion);
  const port = (index: number) => ports.forwards.first + index;

  const proxy = declare(args.proxy, {
    role: "proxy",
    ...(bastion === undefined ? {} : { bastion }),
    forward: { port: port(0) },
  });
  const behind = (index: number) => ({
    bastion: bastion ?? proxy,
    forward: { machine: proxy, port: port(index) },
  });
  const hub = declare(args.hub, { role: "hub", ...behind(1) });
  // The last port of the range: nodes come and go from the other end.
  const last = ports.forwards.last - ports.forwards.first;
  const storage =
    args.storage && declare(args.storage, { role: "storage", admittedBy: [hub], ...behind(last) });
  const admittedBy = storage ? [hub, storage] : [hub];
  return {
    proxy,
    hub,
    storage: storage ?? hub,
    ports,
    nodes: args.nodes.map((plan, index) =>
      declare(plan, { role: "node", admittedBy, ...behind(index + 2) }),
    ),
  };
}

/** A bastion that is no machine of the semester: SSH goes through it, and it is left as it is. */
class JumpHost extends pulumi.ComponentResource implements Bastion {
  readonly name: string;
  readonly user: string;
  readonly addresses: pulumi.Output<readonly string[]>;
  readonly connection: Bastion["connection"];

  constructor(name: string, { machine, identity, options }: SshMachinePlan) {
    super("semesterhub:index:JumpHost", name, {}, options);
    this.name = machine.name;
    this.user = machine.user;
    this.addresses = pulumi.all([machine.internalAddress, machine.address]);
    const { hostKey } = readHostKey(
      `${name}-hostkey`,
      { machine, ...(identity === undefined ? {} : { identity }) },
      {
        parent: this,
        ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
      },
    );
    this.connection = connectionTo(machine, hostKey);
    this.registerOutputs({ hostKey });
  }
}
