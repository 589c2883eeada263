/** How a machine gets its Docker engine. */
import type * as pulumi from "@pulumi/pulumi";
import type { RunArgs } from "../machine";
import { daemonSettings } from "./daemonSettings";
import type { SshMachineArgs } from "./sshMachineArgs";

/** What tells which GPUs a machine has for servers; absent where it has none. */
export function findGpus({ gpus = 0 }: Pick<SshMachineArgs, "gpus">): RunArgs | undefined {
  if (gpus === 0) return undefined;
  return { create: "machine/gpus.sh", environment: { GPUS: String(gpus) } };
}

/** What installs the engine. `gpus` is what `machine/gpus.sh` printed, where it ran. */
export function installEngine(
  { role, bridges, registry }: Pick<SshMachineArgs, "role" | "bridges" | "registry">,
  gpus?: pulumi.Output<string>,
): RunArgs {
  const settings = { swarm: role !== "proxy", bridges };
  const daemon = (old: boolean) =>
    gpus?.apply((list) =>
      daemonSettings({ ...settings, gpus: JSON.parse(list) as string[] }, old),
    ) ?? daemonSettings(settings, old);
  return {
    create: "engine/install.sh",
    environment: {
      DAEMON: daemon(false),
      DAEMON_OLD: daemon(true),
      REGISTRY: registry.server,
      REGISTRY_CA: registry.certificateAuthority,
    },
  };
}
