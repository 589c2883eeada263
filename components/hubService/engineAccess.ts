import * as pulumi from "@pulumi/pulumi";
import type { HubServiceArgs } from "./hubServiceArgs";
import { ids } from "../lib/ids";
import { swarmSecret, type BindMount, type MountedData } from "../lib/service";

/** What a service gets that may use the manager's Docker engine. */
export interface EngineAccess {
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  readonly groups: readonly pulumi.Input<string>[];
  readonly mounts: readonly BindMount[];
  readonly secrets: readonly MountedData[];
}

/**
 * How the hub reaches the manager's engine: on machines over TLS with a client certificate of its
 * own, that can be made anew without touching the machine; on `local` by the socket.
 */
export function engineAccess(
  { config, machine, single, ports, authority }: HubServiceArgs,
  onSwarm: pulumi.CustomResourceOptions,
): EngineAccess {
  const { engineSocket, privateAddress } = machine;
  const { stack } = config;
  if (single) {
    return {
      env: {},
      groups: [engineSocket.group],
      mounts: [{ source: engineSocket.path, target: "/var/run/docker.sock" }],
      secrets: [],
    };
  }
  const client = authority.issue("hub-client", { commonName: "hub", use: "client" });
  const secret = (file: string, value: pulumi.Output<string>): MountedData => ({
    source: swarmSecret(stack, `engine-${file.replace(".pem", "")}`, value, onSwarm),
    file,
    user: String(ids.hub),
  });
  return {
    env: {
      DOCKER_HOST: pulumi.interpolate`tcp://${privateAddress}:${ports.engine}`,
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: "/run/secrets",
    },
    groups: [],
    mounts: [],
    secrets: [
      secret("ca.pem", authority.certificate),
      secret("cert.pem", client.certificate),
      secret("key.pem", client.key),
    ],
  };
}
