import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { HubServiceArgs } from "./hubServiceArgs";
import { ids } from "../lib/ids";
import { courseService, swarmSecret, type MountedData } from "../lib/service";

const host = "database";
const passfile = "database-passfile";

/** Where the hub's database is, and what the hub needs to open it. */
export interface HubDatabase {
  /** Absent: it is a file. */
  readonly service?: docker.Service;
  /** What images/hub reads as `databaseUrl`. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly MountedData[];
}

/**
 * The hub's database. PostgreSQL is a service where the files are, on the control network alone: its data
 * in the tree, beside the dumps that backups have of it. Nobody but the hub has its password.
 */
export function hubDatabase(
  args: HubServiceArgs,
  options: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
  onSwarm: pulumi.CustomResourceOptions,
): HubDatabase {
  const { config, images, cluster, storage } = args;
  const { stack } = config;
  if (config.database.kind === "sqlite") {
    return { url: "sqlite:////srv/hub/jupyterhub.sqlite", env: {}, secrets: [] };
  }
  const bytes = new random.RandomBytes("database-key", { length: 32 }, { parent: options.parent });
  const password = swarmSecret(stack, "database-password", bytes.hex, onSwarm);
  const known = swarmSecret(
    stack,
    passfile,
    pulumi.interpolate`${host}:5432:hub:hub:${bytes.hex}\n`,
    onSwarm,
  );
  const service = courseService(
    "database",
    {
      stack,
      image: images.on(storage.machine, "database").reference,
      cluster,
      on: cluster.onStorage,
      networks: [{ network: cluster.controlNetwork, aliases: [host] }],
      mounts: [
        { source: storage.folder("postgres"), target: "/srv/database" },
        { source: storage.folder("dumps"), target: "/srv/dumps" },
      ],
      secrets: [{ source: password, file: "database-password", user: String(ids.database) }],
      health: ["semesterhub-database-health"],
      // It ends with a dump.
      stopGraceSeconds: 60,
      memoryBytes: 1024 ** 3,
    },
    options,
  );
  return {
    service,
    url: `postgresql+psycopg://hub@${host}/hub`,
    env: { PGPASSFILE: `/run/secrets/${passfile}` },
    secrets: [{ source: known, file: passfile, user: String(ids.hub) }],
  };
}
