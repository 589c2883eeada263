import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { HostConfig, HostsConfig, SemesterConfig } from "../../../config/types";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { Machines } from "../machine";
import { semesterReservation } from "./reservation";
import { sshMachines, type SshMachinePlan } from "./sshMachines";

/** What the `hosts` platform is made from. */
export interface HostsArgs extends Pick<
  SemesterConfig,
  "stack" | "proxy" | "networks" | "storage" | "backup" | "images"
> {
  readonly hosts: HostsConfig;
  readonly authority: CertificateAuthority;
}

/** The `hosts` platform: Debian machines that exist already. */
export function hostsMachines(name: string, args: HostsArgs): Machines {
  const { hosts, networks, authority } = args;
  return sshMachines(name, {
    proxy: plan(hosts.proxy),
    hub: plan(hosts.hub),
    ...(hosts.storage && { storage: plan(hosts.storage) }),
    nodes: hosts.nodes.map(plan),
    ...(hosts.bastion === undefined ? {} : { bastion: plan(hosts.bastion) }),
    semester: semesterReservation(args, hosts.slot),
    authority,
    adminCidrs: hosts.adminCidrs,
    internalNetwork: hosts.internalNetwork,
    bridges: networks.bridges,
    ...(hosts.packageProxy === undefined ? {} : { packageProxy: hosts.packageProxy }),
    ...(args.images && { images: args.images }),
  });
}

function plan(host: HostConfig): SshMachinePlan {
  const { name, address, internalAddress, port, user, keyFile } = host;
  // The configuration's checks have read it once: it is there, and a key.
  const privateKey = pulumi.secret(readFileSync(keyFile, "utf8"));
  return { machine: { name, address, internalAddress, port, user, privateKey } };
}
