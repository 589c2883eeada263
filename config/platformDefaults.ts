import * as pulumi from "@pulumi/pulumi";
import { given } from "./given";
import type { HostFacts } from "./hostFacts";
import type { Sections } from "./schema";
import type { HostConfig, OpenStackConfig, Platform } from "./types";
import { subnet, type Subnet } from "./values";

type Hosts = NonNullable<Sections["hosts"]>;
type HostSection = Hosts["proxy"] | Hosts["hub"];

/** Where the machines come from: this computer, where no other is named. */
export function completePlatform(
  valid: Pick<Partial<Sections>, "local" | "hosts" | "openstack">,
  around: HostFacts,
): Platform {
  const { hosts, openstack } = valid;
  if (hosts) {
    const host = (name: string, section: HostSection): HostConfig => {
      const keyFile = section.keyFile ?? hosts.keyFile;
      return {
        name: section.name ?? name,
        address: section.address,
        internalAddress: section.internalAddress ?? section.address,
        port: section.port,
        generation: section.generation,
        gpus: "gpus" in section ? section.gpus : 0,
        user: section.user ?? hosts.user,
        ...(keyFile !== undefined && { keyFile: around.locate(keyFile) }),
        ...(section.memory !== undefined && { memoryBytes: section.memory }),
      };
    };
    return {
      kind: "hosts",
      proxy: host("proxy", hosts.proxy),
      hub: host("hub", hosts.hub),
      ...(hosts.storage && { storage: host("storage", hosts.storage) }),
      nodes: hosts.nodes.map((section) => host(section.name, section)),
      ...(hosts.bastion && { bastion: host("bastion", hosts.bastion) }),
      adminCidrs: hosts.adminCidrs,
      ...given({ packageProxy: hosts.packageProxy }),
      internalNetwork: internalNetwork(hosts).cidr,
      slot: hosts.slot,
    };
  }
  if (openstack) return { kind: "openstack", ...cloud(openstack) };
  return { kind: "local", generation: valid.local?.generation ?? 1 };
}

/** The network that nodes gossip in: as configured, or the 256 addresses around the hub's. */
export function internalNetwork(hosts: NonNullable<Sections["hosts"]>): Subnet {
  const { address, internalAddress = address } = hosts.hub;
  return hosts.internalNetwork ?? subnet(`${internalAddress.replace(/\d+$/, "0")}/24`);
}

/** What openstack's section says, with what follows from it. */
export function cloud(section: NonNullable<Sections["openstack"]>): OpenStackConfig {
  const { network, nodes, flavors, backupCredential, ...rest } = section;
  const { count, without, spread, memory, gpus } = nodes;
  const numbers = Array.from({ length: count + without.length }, (_, index) => index + 1);
  return {
    ...given(rest),
    flavors: given(flavors),
    network: network.kind === "fixed" ? network : given(network),
    nodes: {
      names: numbers
        .filter((number) => !without.includes(number))
        .slice(0, count)
        .map((number) => `node-${number}`),
      spread,
      gpus,
      ...given({ memoryBytes: memory }),
    },
    ...(backupCredential && {
      backupCredential: { id: backupCredential.id, secret: pulumi.secret(backupCredential.secret) },
    }),
  };
}
