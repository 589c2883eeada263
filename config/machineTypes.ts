import type { Output } from "@pulumi/pulumi";
import type { Subnet } from "./values";

/** Where the machines come from, with what that kind of place needs to know. */
export type Platform =
  | ({ readonly kind: "local" } & LocalConfig)
  | ({ readonly kind: "hosts" } & HostsConfig)
  | ({ readonly kind: "openstack" } & OpenStackConfig);

/** This computer. */
export interface LocalConfig {
  /** How many engines, or how many times new data of its engine, have held the course. */
  readonly generation: number;
}

/** Machines that exist already, reached over SSH. */
export interface HostsConfig {
  readonly proxy: HostConfig;
  readonly hub: HostConfig;
  /** Keeps the files; absent: the hub's machine does. */
  readonly storage?: HostConfig;
  readonly nodes: readonly HostConfig[];
  /** The machine that SSH connections go through; absent: the proxy. */
  readonly bastion?: HostConfig;
  /** Who may reach SSH, and the engines, through the proxy machine. */
  readonly adminCidrs: readonly string[];
  /** What Debian's packages come through; absent: the mirror itself. */
  readonly packageProxy?: string;
  /** What holds the internal addresses of hub and nodes, in CIDR form. */
  readonly internalNetwork: string;
  /** Which of several semesters on the same machines this is. */
  readonly slot: number;
}

export interface HostConfig {
  readonly name: string;
  /** Where SSH answers. */
  readonly address: string;
  /** The address that the other machines reach it by. */
  readonly internalAddress: string;
  readonly port: number;
  readonly user: string;
  /** Absolute path of the operator's private key; absent: SSH's agent and its usual keys. */
  readonly keyFile?: string;
  readonly memoryBytes?: number;
  /** NVIDIA GPUs that students' servers can have. */
  readonly gpus: number;
  /** How many machines have had this place, the present one included. */
  readonly generation: number;
}

/** Machines that the program makes. */
export interface OpenStackConfig {
  /** The entry of clouds.yaml; absent: the OS_* variables decide. */
  readonly cloud?: string;
  readonly region?: string;
  readonly availabilityZone?: string;
  readonly image: string;
  readonly user: string;
  readonly flavors: {
    readonly proxy: string;
    readonly hub: string;
    readonly node: string;
    /** Of a machine that keeps the files; absent: the hub's machine does. */
    readonly storage?: string;
  };
  readonly nodes: {
    readonly names: readonly string[];
    readonly memoryBytes?: number;
    /** NVIDIA GPUs of each that students' servers can have. */
    readonly gpus: number;
    /** Whether no two may share a computer of the cloud. */
    readonly spread: "none" | "soft" | "strict";
  };
  /** How many VMs have had a machine's place, the present one included, by its name; absent: one. */
  readonly generations: Readonly<Record<string, number>>;
  /** What the cloud asks for; absent: no cost is said. */
  readonly prices?: CloudPrices;
  /** Where system disks are volumes: their size. */
  readonly bootVolumeGb?: number;
  readonly network: OpenStackNetwork;
  /** Who may reach SSH on the proxy machine. */
  readonly adminCidrs: readonly string[];
  /** What Debian's packages come through; absent: the mirror itself. */
  readonly packageProxy?: string;
  readonly dataVolumeGb: number;
  readonly dataVolumeType?: string;
  /** An existing volume that is taken; absent: the program makes one. */
  readonly dataVolumeId?: string;
  readonly dataVolumeAtEnd: "keep" | "delete";
  /** The zone of Designate that gets a record for the proxy. */
  readonly dnsZone?: string;
  /** Absent: the program makes one. */
  readonly backupCredential?: { readonly id: string; readonly secret: Output<string> };
}

/** Prices of a cloud, in one currency. */
export interface CloudPrices {
  readonly currency: string;
  /** By flavor. */
  readonly flavorHour: Readonly<Record<string, number>>;
  readonly volumeGbMonth: number;
  readonly floatingIpMonth: number;
}

export type OpenStackNetwork =
  /** A network of our own behind a router, with a floating IP. */
  | {
      readonly kind: "routed";
      readonly externalNetwork: string;
      readonly subnet: Subnet;
      readonly dns: readonly string[];
      /** Absent: a new one is made. */
      readonly floatingIp?: string;
    }
  /** A network that the project has, with its router. */
  | {
      readonly kind: "existing";
      readonly network: string;
      readonly externalNetwork: string;
      readonly floatingIp?: string;
    }
  /** Two networks of the provider's, as at Rackspace: every address is fixed. */
  | { readonly kind: "fixed"; readonly publicNetwork: string; readonly internalNetwork: string };
