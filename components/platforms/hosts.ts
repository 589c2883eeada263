import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type {
  HostConfig,
  HostsConfig,
  ImagesConfig,
  NetworksConfig,
  ProxyConfig,
} from "../../config/types";
import type { CertificateAuthority } from "../certificateAuthority";
import type { Machines } from "../machine";
import { sshMachines, type SshMachinePlan } from "./sshMachines";

/** What the `hosts` platform is made from. */
export interface HostsArgs {
  readonly hosts: HostsConfig;
  readonly proxy: ProxyConfig;
  readonly networks: NetworksConfig;
  readonly authority: CertificateAuthority;
  readonly images?: ImagesConfig;
}

/** The `hosts` platform: Debian machines that exist already. */
export function hostsMachines(name: string, args: HostsArgs): Machines {
  const { hosts, proxy, networks, authority } = args;
  return sshMachines(name, {
    proxy: plan(hosts.proxy),
    hub: plan(hosts.hub),
    nodes: hosts.nodes.map(plan),
    ...(hosts.bastion === undefined ? {} : { bastion: plan(hosts.bastion) }),
    authority,
    adminCidrs: hosts.adminCidrs,
    internalNetwork: hosts.internalNetwork,
    bridges: networks.bridges,
    ...(hosts.packageProxy === undefined ? {} : { packageProxy: hosts.packageProxy }),
    publicPorts: [proxy.port, ...(proxy.httpPort === undefined ? [] : [proxy.httpPort])],
    ...(args.images && { images: args.images }),
  });
}

function plan(host: HostConfig): SshMachinePlan {
  const { name, address, internalAddress, port, user, keyFile } = host;
  // The configuration's checks have read it once: it is there, and a key.
  const privateKey = pulumi.secret(readFileSync(keyFile, "utf8"));
  return { machine: { name, address, internalAddress, port, user, privateKey } };
}
