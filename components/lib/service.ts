import * as docker from "@pulumi/docker";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { serviceDuration } from "./duration";
import { healthOf } from "./health";
import { dockerName } from "./names";

/** A Swarm secret or config and where a container finds it. */
export interface MountedData {
  readonly source: docker.Secret | docker.ServiceConfig;
  /** Absolute path, or for a secret a name below /run/secrets. */
  readonly file: string;
  /** Numeric user that may read a secret. Default "0". */
  readonly user?: string;
}

/** A folder of the machine inside a container. */
export interface BindMount {
  readonly source: pulumi.Input<string>;
  readonly target: string;
  readonly readOnly?: boolean;
}

/** A network and the names that the service has on it. */
export interface Attachment {
  readonly network: docker.Network;
  readonly aliases?: readonly string[];
}

/** What a service needs to know of the Swarm that it runs in. */
export interface ServiceCluster {
  /** Where services must run that need the hub's machine; empty where there is no other. */
  readonly onHub: readonly string[];
  /** What its machines run, "linux/amd64"; absent: this computer's engine knows best. */
  readonly platform?: string;
  /** Seconds between two health checks of a container. */
  readonly healthEverySeconds: number;
}

/** What one of semesterhub's own Swarm services is made of. */
export interface ServiceArgs {
  /** Value of the label semesterhub.stack. */
  readonly stack: string;
  readonly image: pulumi.Input<string>;
  /** Replaces the image's command. */
  readonly command?: readonly string[];
  readonly env?: Record<string, pulumi.Input<string>>;
  /** "uid:gid". Default: the image's user. */
  readonly user?: string;
  /** Supplementary numeric groups. */
  readonly groups?: readonly pulumi.Input<string>[];
  readonly cluster: ServiceCluster;
  /** Swarm's constraints on the machine. Default: the hub's, `cluster.onHub`. */
  readonly on?: readonly string[];
  readonly networks?: readonly Attachment[];
  readonly mounts?: readonly BindMount[];
  /** Folders in memory, where the read-only root needs a writable place. Default /tmp. */
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly MountedData[];
  readonly configs?: readonly MountedData[];
  /** Ports of the service's machine, in host mode. */
  readonly publish?: readonly { readonly target: number; readonly port: number }[];
  /** How many containers of it run. Default 1. */
  readonly replicas?: number;
  /** One container on each machine that `on` allows, instead of `replicas`; nothing waits for them. */
  readonly everywhere?: boolean;
  /** Capabilities beside none, as Docker reports them: CAP_CHOWN. */
  readonly capabilities?: readonly string[];
  /** The command that tells whether the service is well. */
  readonly health: readonly string[];
  readonly memoryBytes: number;
}

/**
 * Seconds that a service has between being asked to stop and being killed. Some end with a dump; the others
 * take what they need, a second at most. At a destroy the official plugin waits no longer than this for the
 * container to be gone, and on a busy machine ten seconds were not enough.
 */
const stopGraceSeconds = 60;

/** Container logs are bounded everywhere: 3 files of 10 MB. */
export const boundedLog = { "max-size": "10m", "max-file": "3" };

/** The two labels by which operators and `down` find what belongs to a stack. */
export function stackLabels(stack: string): { label: string; value: string }[] {
  return [{ label: "semesterhub.stack", value: stack }];
}

/**
 * The labels of a container on one machine. One says which machine that was: Pulumi would take a
 * container for unchanged that went with its machine, and this way makes it again on the new one.
 */
export function containerLabels(
  stack: string,
  { identity }: { readonly identity?: pulumi.Output<string> },
): pulumi.Input<pulumi.Input<{ label: string; value: pulumi.Input<string> }>[]> {
  if (identity === undefined) return stackLabels(stack);
  const value = identity.apply((text) =>
    createHash("sha256").update(text).digest("hex").slice(0, 12),
  );
  return [...stackLabels(stack), { label: "semesterhub.machine", value }];
}

/**
 * Where a service may run. With the platform: of an image that a registry has, an engine writes it down by
 * itself, and the official plugin takes it away again after a refresh, which restarts the service.
 */
function placement(
  on: readonly string[],
  platform: string | undefined,
): { placement?: docker.types.input.ServiceTaskSpecPlacement } {
  const [os, architecture] = platform?.split("/") ?? [];
  const all = {
    ...(on.length > 0 && { constraints: [...on] }),
    ...(os && architecture && { platforms: [{ architecture, os }] }),
  };
  return Object.keys(all).length === 0 ? {} : { placement: all };
}

/**
 * One of semesterhub's own services: one replica unless told, read-only, no capabilities but the named
 * ones, dnsrr (VIPs run out near 100 students), stopped before its successor starts because
 * each owns a file or a port, and rolled back when the successor isn't well. The explicit "0s" and
 * the networks by id are forms without which the official plugin sees a change at every preview.
 */
export function courseService(
  thing: string,
  args: ServiceArgs,
  options: pulumi.CustomResourceOptions,
): docker.Service {
  const { stack, tmpfs = ["/tmp"], replicas = 1 } = args;
  const { everywhere = false } = args;
  const { cluster, on = cluster.onHub, groups = [], publish = [] } = args;
  const health = healthOf("service", args.health, cluster.healthEverySeconds);
  return new docker.Service(
    thing,
    {
      name: dockerName(stack, thing),
      labels: stackLabels(stack),
      taskSpec: {
        containerSpec: {
          image: args.image,
          ...(args.command === undefined ? {} : { commands: [...args.command] }),
          ...(args.user === undefined ? {} : { user: args.user }),
          ...(groups.length === 0 ? {} : { groups: [...groups] }),
          // Never empty: the official plugin takes an empty map as not given, and as a change.
          env: { SEMESTERHUB_STACK: stack, ...args.env },
          labels: stackLabels(stack),
          readOnly: true,
          init: true,
          capDrops: ["ALL"],
          ...(args.capabilities === undefined ? {} : { capAdds: [...args.capabilities] }),
          stopGracePeriod: serviceDuration(stopGraceSeconds),
          mounts: [
            ...(args.mounts ?? []).map(({ source, target, readOnly = false }) => ({
              type: "bind",
              source,
              target,
              readOnly,
            })),
            ...tmpfs.map((target) => ({ type: "tmpfs", target })),
          ],
          secrets: (args.secrets ?? []).map(({ source, file, user = "0" }) => ({
            secretId: source.id,
            secretName: source.name,
            fileName: file,
            fileUid: user,
            fileGid: user,
            fileMode: 0o400,
          })),
          configs: (args.configs ?? []).map(({ source, file }) => ({
            configId: source.id,
            configName: source.name,
            fileName: file,
            fileUid: "0",
            fileGid: "0",
            fileMode: 0o444,
          })),
          healthcheck: health.check,
        },
        networksAdvanceds: (args.networks ?? []).map(({ network, aliases = [] }) => ({
          id: network.id,
          aliases: [...aliases],
        })),
        ...placement(on, cluster.platform),
        resources: { limits: { memoryBytes: args.memoryBytes } },
        restartPolicy: { condition: "any", delay: "0s", window: "0s" },
        logDriver: { name: "json-file", options: boundedLog },
      },
      mode: everywhere ? { global: true } : { replicated: { replicas } },
      endpointSpec: {
        mode: "dnsrr",
        ...(publish.length === 0
          ? {}
          : {
              ports: publish.map(({ target, port }) => ({
                protocol: "tcp",
                publishMode: "host",
                targetPort: target,
                publishedPort: port,
              })),
            }),
      },
      updateConfig: { parallelism: 1, order: "stop-first", failureAction: "rollback" },
      rollbackConfig: { parallelism: 1, order: "stop-first", failureAction: "pause" },
      ...(everywhere
        ? {}
        : { convergeConfig: { delay: "1s", timeout: serviceDuration(health.patience) } }),
    },
    { ...options, deleteBeforeReplace: true },
  );
}

/** A Swarm secret; autonamed, since Swarm secrets can't change and a new one is made beside the old. */
export function swarmSecret(
  stack: string,
  name: string,
  value: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): docker.Secret {
  const data = pulumi.secret(value).apply((text) => Buffer.from(text).toString("base64"));
  return new docker.Secret(name, { data, labels: stackLabels(stack) }, options);
}

/** A Swarm config; autonamed like a secret. Nothing secret goes in. */
export function swarmConfig(
  stack: string,
  name: string,
  value: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): docker.ServiceConfig {
  const data = pulumi.output(value).apply((text) => Buffer.from(text).toString("base64"));
  return new docker.ServiceConfig(name, { data, labels: stackLabels(stack) }, options);
}
