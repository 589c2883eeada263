import * as tls from "@pulumi/tls";
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
  // Any operator, and CI, go on with it where another stopped. The state has the engines' keys already, which
  // can do as much.
  const key = new tls.PrivateKey("ssh-key", { algorithm: "ED25519" }, { parent: authority });
  const plan = planWith(key);
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

/** Plans machines that are to let a key in. */
function planWith(key: tls.PrivateKey): (host: HostConfig) => SshMachinePlan {
  const { privateKeyOpenssh: privateKey, publicKeyOpenssh: publicKey } = key;
  return ({ name, address, internalAddress, port, user, keyFile, generation, gpus }) => {
    const access = { publicKey, ...(keyFile !== undefined && { keyFile }) };
    return {
      machine: { name, address, internalAddress, port, user, privateKey, access },
      generation,
      gpus,
    };
  };
}
