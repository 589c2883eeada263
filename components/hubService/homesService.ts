import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HubServiceArgs } from "./hubServiceArgs";
import { ids } from "../lib/ids";
import { inContainers } from "../../config/ports";
import { courseService, swarmSecret, type BindMount, type MountedData } from "../lib/service";

/** The homes service, and how the hub reaches it. */
export interface HomesService {
  readonly service: docker.Service;
  /** What images/hub reads as `homesUrl`. */
  readonly url: string;
  /** What the hub needs to reach it there. */
  readonly hubMounts: readonly BindMount[];
}

/** What sets it apart where the files are on another machine than the hub. */
interface Reach extends Omit<HomesService, "service"> {
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly MountedData[];
  readonly apart: boolean;
}

/**
 * Makes students' homes, with their own UIDs and quotas, where the files are: on the hub's machine on a
 * unix socket that only the hub opens, and elsewhere on the control network, where it believes nobody
 * but who has the hub's certificate.
 */
export function homesService(
  args: HubServiceArgs,
  options: Omit<pulumi.CustomResourceOptions, "dependsOn"> & {
    readonly dependsOn: readonly pulumi.Resource[];
  },
  onSwarm: pulumi.CustomResourceOptions,
): HomesService {
  const { config, single, images, cluster, storage } = args;
  const { env, secrets, apart, ...reached } = reachOf(args, onSwarm);
  const quota = config.student.homeQuotaBytes;
  const workshop = config.login.method === "workshop";
  const exchange = config.storage.exchangeQuotaBytes;
  const service = courseService(
    "homes",
    {
      stack: config.stack,
      image: images.on(storage.machine, "homes").reference,
      cluster,
      on: cluster.onStorage,
      env: {
        HOMES_PATH: storage.folder("homes"),
        FIRST_UID: String(ids.firstStudent),
        ...(quota === undefined ? {} : { QUOTA_BYTES: String(quota) }),
        ...(workshop ? { THROW_AWAY: "yes" } : {}),
        ...(exchange === undefined ? {} : { EXCHANGE_BYTES: String(exchange) }),
        ...env,
      },
      mounts: [{ source: storage.path, target: "/srv/semesterhub" }],
      networks: apart ? [{ network: cluster.controlNetwork, aliases: ["homes"] }] : [],
      secrets,
      capabilities: [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        // The kernel wants them of who sets a quota, or takes one away that is configured no more;
        // this computer's disk seldom has any.
        ...(single ? [] : ["CAP_FOWNER", "CAP_SYS_ADMIN"]),
        // To remove what a guest made sticky.
        ...(single && workshop ? ["CAP_FOWNER"] : []),
      ],
      health: ["homes-health"],
      memoryBytes: 256 * 1024 ** 2,
    },
    { ...options, dependsOn: [...options.dependsOn, cluster.storageReady] },
  );
  return { service, ...reached };
}

function reachOf(
  { config, storage, authority }: HubServiceArgs,
  onSwarm: pulumi.CustomResourceOptions,
): Reach {
  if (!storage.apart) {
    return {
      url: "unix:///run/semesterhub/homes.sock",
      hubMounts: [{ source: storage.folder("run"), target: "/run/semesterhub" }],
      ...{ env: {}, secrets: [], apart: false },
    };
  }
  const { certificate, key } = authority.issue("homes", {
    commonName: "homes",
    dnsNames: ["homes"],
    use: "server",
  });
  const secret = (thing: string, value: pulumi.Output<string>): MountedData => ({
    source: swarmSecret(config.stack, `homes-${thing}`, value, onSwarm),
    file: `homes-${thing}`,
  });
  return {
    url: `https://homes:${inContainers.homes}`,
    hubMounts: [],
    env: { HOMES_TLS_PORT: String(inContainers.homes) },
    secrets: [secret("ca", authority.certificate), secret("cert", certificate), secret("key", key)],
    apart: true,
  };
}
