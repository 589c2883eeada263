import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { HostConfig, HostsConfig, SemesterConfig } from "../../../config/types";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { Platform } from "../machine";
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
export function hostsPlatform(args: HostsArgs): Platform {
  const { hosts, networks, authority } = args;
  const { proxy, hub, storage, bastion } = hosts;
  const trusting = [proxy, hub, ...(storage ? [storage] : [])];
  return {
    ...sshMachines({
      proxy: () => plan(proxy),
      hub: () => plan(hub),
      ...(storage && { storage: () => plan(storage) }),
      nodes: new Map(hosts.nodes.map((node) => [node.name, () => plan(node)])),
      addresses: { proxy, hub, ...(storage && { storage }) },
      ...(bastion && { bastion: plan(bastion) }),
      semester: semesterReservation(args, hosts.slot),
      authority,
      adminCidrs: hosts.adminCidrs,
      internalNetwork: hosts.internalNetwork,
      bridges: networks.bridges,
      ...(hosts.packageProxy === undefined ? {} : { packageProxy: hosts.packageProxy }),
      ...(args.images && { images: args.images }),
    }),
    trusting: trusting.map(({ internalAddress }) => internalAddress),
  };
}

function plan(host: HostConfig): SshMachinePlan {
  const { name, address, internalAddress, port, user, keyFile } = host;
  // The configuration's checks have read it once: it is there, and a key.
  const privateKey = pulumi.secret(readFileSync(keyFile, "utf8"));
  return { machine: { name, address, internalAddress, port, user, privateKey } };
}
