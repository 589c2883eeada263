import * as pulumi from "@pulumi/pulumi";
import type { ImagesConfig } from "../../../config/types";
import type { Subnet } from "../../../config/values";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { Machine, MachineRole, Platform } from "../machine";
import { portsOf } from "../../../config/ports";
import { grantAccess } from "./access";
import { readHostKey } from "./hostKey";
import type { SemesterReservation } from "./reservation";
import { connectionTo, type Bastion } from "./connection";
import { SshMachine, type SshMachineArgs, type SshMachineConfig } from "./sshMachine";
import type { SshMachineAddress } from "./sshMachineArgs";

/** One machine of a semester, as its platform knows it. */
export interface SshMachinePlan {
  readonly machine: SshMachineConfig;
  /** How many machines have had its place, itself included. Default 1. */
  readonly generation?: number;
  /** NVIDIA GPUs that students' servers can have. Default 0. */
  readonly gpus?: number;
  /** Changes when the machine is rebuilt at the same address. */
  readonly identity?: pulumi.Input<string>;
  /** What must be there first, and what takes the machine with it when it goes. */
  readonly options?: pulumi.ComponentResourceOptions;
}

/** Plans a machine for its owner: on a platform that makes machines, this makes it. */
export type Plan = (owner: pulumi.ComponentResource) => SshMachinePlan;

/** The machines of a semester that SSH reaches. */
export interface SshMachinesArgs {
  readonly proxy: Plan;
  readonly hub: Plan;
  /** Keeps the files. Default: the hub's machine does. */
  readonly storage?: Plan;
  readonly nodes: ReadonlyMap<string, Plan>;
  /** Where they are, for each other's firewalls. */
  readonly addresses: {
    readonly proxy: pulumi.Input<SshMachineAddress>;
    readonly hub: pulumi.Input<SshMachineAddress>;
    readonly storage?: pulumi.Input<SshMachineAddress>;
  };
  readonly semester: SemesterReservation;
  /** What SSH goes through. Default: the proxy's machine. */
  readonly bastion?: SshMachinePlan;
  readonly authority: CertificateAuthority;
  readonly adminCidrs: readonly string[];
  /** The network with the machines' internal addresses, in CIDR form. */
  readonly internalNetwork: string;
  readonly bridges: Subnet;
  /** The HTTP proxy that Debian's packages come through. Default: none. */
  readonly packageProxy?: string;
  /** A registry that has the images. Default: the one on the hub's machine. */
  readonly images?: ImagesConfig;
}

/** What a platform of machines over SSH has, beside volumes and stores. */
export type SshPlatform = Pick<
  Platform,
  "proxy" | "hub" | "storage" | "nodes" | "ports" | "single"
>;

/**
 * Machines over SSH. They are prepared all at the same time: those behind the bastion wait for nothing
 * but its host key. Their engines are reached through the proxy's machine, one port each.
 */
export function sshMachines(args: SshMachinesArgs): SshPlatform {
  const { semester, authority, adminCidrs, internalNetwork, bridges, addresses } = args;
  const ports = portsOf(semester.slot);
  const common = {
    semester,
    authority,
    adminCidrs,
    internalNetwork,
    bridges,
    ...addresses,
    ...(args.packageProxy === undefined ? {} : { packageProxy: args.packageProxy }),
    registry: args.images
      ? {
          own: false,
          server: args.images.registry.server,
          certificateAuthority: args.images.certificateAuthority ?? "",
        }
      : {
          own: true,
          server: pulumi
            .output(addresses.hub)
            .apply(({ internalAddress }) => `${internalAddress}:${ports.registry}`),
          certificateAuthority: authority.certificate,
        },
  };
  const jump: Bastion | undefined = args.bastion && new JumpHost("bastion", args.bastion);
  const made = new Map<MachineRole, SshMachine>();
  const create = (
    name: string,
    plan: Plan,
    owner: pulumi.ComponentResource,
    rest: Pick<SshMachineArgs, "role" | "bastion" | "forward" | "admittedBy">,
  ): Machine => {
    const { machine, generation = 1, gpus = 0, identity, options } = plan(owner);
    const declared = new SshMachine(
      name,
      {
        ...common,
        machine,
        generation,
        gpus,
        ...(identity === undefined ? {} : { identity }),
        ...rest,
      },
      { ...options, parent: owner },
    );
    made.set(rest.role, declared);
    return declared;
  };
  const known = (role: MachineRole): SshMachine => {
    const machine = made.get(role);
    if (!machine) throw new Error(`The machine of ${role} is declared before those that need it.`);
    return machine;
  };
  const behind = () => ({ bastion: jump ?? known("proxy"), forward: known("proxy") });
  const { storage } = args;
  const admitting = () => [known("hub"), ...(storage ? [known("storage")] : [])];
  return {
    single: false,
    ports,
    proxy: (owner) =>
      create("proxy", args.proxy, owner, {
        role: "proxy",
        ...(jump && { bastion: jump }),
        forward: "own",
      }),
    hub: (owner) => create("hub", args.hub, owner, { role: "hub", ...behind() }),
    ...(storage && {
      storage: (owner) =>
        create("storage", storage, owner, {
          ...{ role: "storage", admittedBy: [known("hub")] },
          ...behind(),
        }),
    }),
    nodes: new Map(
      [...args.nodes].map(([name, plan]) => [
        name,
        (owner) =>
          create(`nodes-${name}`, plan, owner, {
            ...{ role: "node", admittedBy: admitting() },
            ...behind(),
          }),
      ]),
    ),
  };
}

/** A bastion that is no machine of the semester: SSH goes through it, and it is left as it is otherwise. */
class JumpHost extends pulumi.ComponentResource implements Bastion {
  readonly name: string;
  readonly user: string;
  readonly addresses: pulumi.Output<readonly string[]>;
  readonly connection: Bastion["connection"];
  readonly keyFile?: string;

  constructor(name: string, { machine, generation = 1, options }: SshMachinePlan) {
    super("semesterhub:index:JumpHost", name, {}, options);
    this.name = machine.name;
    this.user = machine.user;
    this.addresses = pulumi.all([machine.internalAddress, machine.address]);
    const common = { parent: this };
    const identity = generation > 1 ? { identity: String(generation) } : {};
    const { hostKey } = readHostKey(
      `${name}-hostkey`,
      { machine, ...identity },
      {
        ...common,
        ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
      },
    );
    const { access } = machine;
    if (access?.keyFile !== undefined) this.keyFile = access.keyFile;
    const opened = access
      ? grantAccess(name, { machine, hostKey, access, ...identity }, common)
      : hostKey;
    this.connection = connectionTo(machine, opened);
    this.registerOutputs({ hostKey });
  }
}
