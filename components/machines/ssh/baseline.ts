/** What `machine/baseline.sh` is told: the reservation that is checked first, the firewall, where packages are. */
import { isIPv4 } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import type { Ports } from "../../../config/ports";
import { shellScript } from "../../lib/shell";
import { machineReservation } from "./reservation";
import { firewall, semesterRules } from "./firewall";
import type { SshMachineArgs } from "./sshMachineArgs";

/** The script's environment. `ports` are the semester's own. */
export function baseline(args: SshMachineArgs, ports: Ports): Record<string, pulumi.Input<string>> {
  const { machine, bastion, role, semester, storage, internalNetwork, packageProxy = "" } = args;
  const keepsFiles = role === (storage === undefined ? "hub" : "storage");
  const { stack, slot } = semester;
  const admins = pulumi
    .output(bastion?.addresses ?? [])
    .apply((addresses) => [
      ...new Set([...args.adminCidrs, ...addresses.filter((one) => isIPv4(one))]),
    ]);
  const others = storage === undefined ? [] : [storage];
  const rules = pulumi
    .all([admins, args.proxy, args.hub, others])
    .apply(([from, proxy, hub, more]) =>
      semesterRules({
        ...{ stack, slot, ports, role, keepsFiles },
        ownRegistry: args.registry.own,
        sshPort: machine.port,
        admins: from,
        proxy: proxy.internalAddress,
        hub: hub.internalAddress,
        addresses: [
          ...[proxy.address, hub.address],
          ...more.flatMap(({ internalAddress, address }) => [internalAddress, address]),
        ].filter((one) => isIPv4(one)),
        internalNetwork,
        publicPorts: role === "proxy" ? semester.publicPorts : [],
        engineForAdmins: args.forward === undefined,
      }),
    );
  const { publicKey } = args.authority;
  const reservation = pulumi
    .all([publicKey, args.hub, args.registry.server, args.registry.certificateAuthority])
    .apply(([authority, hub, server, certificateAuthority]) =>
      machineReservation({
        ...{ semester, role, keepsFiles, authority, packageProxy },
        name: machine.name,
        hub: hub.internalAddress,
        bridges: args.bridges.cidr,
        gpus: args.gpus ?? 0,
        registry: { server, certificateAuthority },
      }),
    );
  return {
    STACK: stack,
    SLOT: String(slot),
    RESERVATION: reservation,
    RESERVATIONS: shellScript("machine/reservations.awk"),
    FIREWALL: firewall(args.bridges.cidr),
    RULES: rules,
    SSH_FROM: admins.apply((from) => from.join(", ")),
    PACKAGE_PROXY: packageProxy,
  };
}
