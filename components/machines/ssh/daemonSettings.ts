import type { Subnet } from "../../../config/values";

/** What a machine's Docker engine is told. */
export interface DaemonArgs {
  /** Whether the machine is in the Swarm. */
  readonly swarm: boolean;
  /** Where the engine takes its bridges' addresses from. */
  readonly bridges: Subnet;
  /** UUIDs of NVIDIA GPUs that services can reserve. Default: none. */
  readonly gpus?: readonly string[];
}

/** What a service reserves a GPU by; `machine/gpus.sh` and the hub's spawner have the same word. */
const gpuKind = "gpu";

/** The size of one bridge's network: 254 containers are more than a bridge is ever asked for. */
const bridgePrefix = 24;

/** Docker's daemon.json. `old` is the engine 20.10 of Debian 12. */
export function daemonSettings({ swarm, bridges, gpus = [] }: DaemonArgs, old = false): string {
  return JSON.stringify(
    {
      "log-driver": "json-file",
      "log-opts": { "max-size": "10m", "max-file": "3" },
      "default-address-pools": [{ base: bridges.cidr, size: bridgePrefix }],
      "no-new-privileges": true,
      // Containers go on while dockerd restarts. A Swarm refuses it, in every version: an engine in a
      // Swarm with live-restore doesn't start. So only the machine that stays outside has it.
      ...(swarm ? {} : { "live-restore": true }),
      // A Swarm's services can't choose a runtime. Containers without GPUs are as with Docker's own.
      ...(gpus.length > 0 && {
        "node-generic-resources": gpus.map((uuid) => `${gpuKind}=${uuid}`),
        "default-runtime": "nvidia",
        runtimes: { nvidia: { path: "nvidia-container-runtime" } },
      }),
      "metrics-addr": "127.0.0.1:9323",
      // Up to version 23 metrics counted as an experiment.
      ...(old ? { experimental: true } : {}),
    },
    undefined,
    2,
  );
}
