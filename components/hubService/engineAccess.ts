import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../certificateAuthority";
import { ids } from "../lib/ids";
import { areSeveral, type Machines } from "../machines/machine";
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
  name: string,
  stack: string,
  machines: Machines,
  authority: CertificateAuthority,
  onSwarm: pulumi.CustomResourceOptions,
): EngineAccess {
  const {
    hub: { engineSocket, privateAddress },
    ports,
  } = machines;
  if (!areSeveral(machines)) {
    return {
      env: {},
      groups: [engineSocket.group],
      mounts: [{ source: engineSocket.path, target: "/var/run/docker.sock" }],
      secrets: [],
    };
  }
  const client = authority.issue("hub-engine", { commonName: "hub", use: "client" });
  const secret = (file: string, value: pulumi.Output<string>): MountedData => ({
    source: swarmSecret(stack, `${name}-engine-${file.replace(".pem", "")}`, value, onSwarm),
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
