import type * as pulumi from "@pulumi/pulumi";
import type { Subnet } from "../../../config/values";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { MachineRole } from "../machine";
import type { SemesterReservation } from "./reservation";
import type { OperatorAccess } from "./access";
import type { Bastion, SshAddress } from "./connection";

/** A machine that exists, or will, and how it is reached. */
export interface SshMachineConfig extends SshAddress {
  /** Its IPv4 address on the network that the machines share. */
  readonly internalAddress: pulumi.Input<string>;
  /** How the stack's key gets in. Default: the machine was made with it. */
  readonly access?: OperatorAccess;
}

/** What a machine is prepared with. */
export interface SshMachineArgs {
  readonly machine: SshMachineConfig;
  /** What SSH goes through. Default: nothing, the machine is reached directly. */
  readonly bastion?: Bastion;
  readonly role: MachineRole;
  /** What no other semester on the machine may have as well. */
  readonly semester: SemesterReservation;
  readonly authority: CertificateAuthority;
  /** From where administrators come. */
  readonly adminCidrs: readonly string[];
  /** The HTTP proxy that Debian's packages come through. Default: none. */
  readonly packageProxy?: string;
  /** The two machines that every course has; this one may be one of them. */
  readonly proxy: pulumi.Input<SshMachineAddress>;
  readonly hub: pulumi.Input<SshMachineAddress>;
  /** The machine that keeps the files. Default: the hub's does. */
  readonly storage?: pulumi.Input<SshMachineAddress>;
  /** The network from which nodes gossip with each other, in CIDR form. */
  readonly internalNetwork: string;
  /** The machines that let this one in, by its address. Default: none, for they know it already. */
  readonly admittedBy?: readonly Host[];
  /** The network that the engine takes its bridges' addresses from. */
  readonly bridges: Subnet;
  /**
   * The machine with the port that leads the operator to this machine's engine; "own": this one.
   * Default: none, the operator reaches the engine's own port on the internal address, which the
   * firewall opens for administrators then.
   */
  readonly forward?: "own" | Gate;
  /** The registry that images come from. */
  readonly registry: TrustedRegistry;
  /** NVIDIA GPUs that students' servers can have. Default 0. */
  readonly gpus?: number;
  /** How many machines have had this one's place, itself included. Default 1. */
  readonly generation?: number;
  /** Changes when the machine is made anew at the same address, e.g. the ID of an instance. */
  readonly identity?: pulumi.Input<string>;
}

/** A registry, and who signed its certificate. */
export interface TrustedRegistry {
  /** Whether it is the one on the hub's machine. */
  readonly own: boolean;
  /** Host and port. */
  readonly server: pulumi.Input<string>;
  /** PEM; empty: an authority that Debian trusts. */
  readonly certificateAuthority: pulumi.Input<string>;
}

/** Where a machine is, for the firewalls of the others. */
export interface SshMachineAddress {
  readonly internalAddress: string;
  /** IPv4, or a name, which a firewall can't use. */
  readonly address: string;
}

/** A machine that lets others in to what the course has on it. */
export interface Host {
  /** Lets one in; `name` is what the resources of the other start with. */
  admit(
    name: string,
    other: { readonly name: string; readonly privateAddress: pulumi.Output<string> },
  ): pulumi.Resource;
}

/** A machine whose ports lead to engines. */
export interface Gate {
  readonly publicAddress: pulumi.Output<string>;
  /** Forwards a port of this machine to a machine's engine at `target`. Answers the port. */
  forwardTo(name: string, machine: string, target: pulumi.Input<string>): pulumi.Output<number>;
}
