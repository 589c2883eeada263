import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { SemesterConfig } from "../../config";
import { ids } from "../lib/ids";
import { courseService, swarmConfig, swarmSecret, type MountedData } from "../lib/service";
import { onMachine } from "../machines/machine";
import type { HubServiceArgs } from "./hubServiceArgs";

const host = "database";
const authorityFile = "/etc/semesterhub/database-ca.pem";
const campusFile = "/etc/semesterhub/database.json";

/** How a service opens a database of its own, and no other. */
export interface DatabaseAccess {
  /** As SQLAlchemy reads it, without a password. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly MountedData[];
  readonly configs: readonly MountedData[];
}

/** Where the course's databases are. */
export interface Databases {
  /** Runs the server or, where that is the campus's, writes and restores dumps. Absent: they are files. */
  readonly service?: docker.Service;
  readonly hub: DatabaseAccess;
  /** Absent: a file in the folder of the grading service. */
  readonly gradebook?: DatabaseAccess;
}

type Options = pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource };
type Campus = NonNullable<SemesterConfig["database"]["campus"]>;

/**
 * The databases of hub and gradebook. Each has a role of its own, whose password only its service has:
 * whoever has the gradebook can't read the hub's tokens.
 */
export function courseDatabases(
  args: HubServiceArgs,
  options: Options,
  onSwarm: pulumi.CustomResourceOptions,
): Databases {
  const { database } = args.config;
  if (database.kind === "sqlite") {
    const url = "sqlite:////srv/hub/jupyterhub.sqlite";
    return { hub: { url, env: {}, secrets: [], configs: [] } };
  }
  return database.campus
    ? campusDatabases(args, database.campus, options, onSwarm)
    : ownDatabases(args, options, onSwarm);
}

/**
 * PostgreSQL is a service where the files are, on the control network alone: its data in the tree,
 * beside the dumps that backups have of it.
 */
function ownDatabases(
  args: HubServiceArgs,
  options: Options,
  onSwarm: pulumi.CustomResourceOptions,
): Databases {
  const { stack } = args.config;
  const declare = (name: string, thing: string, user: number) => {
    const bytes = new random.RandomBytes(
      `${thing}-key`,
      { length: 32 },
      { parent: options.parent },
    );
    const passfile = `${thing}-passfile`;
    const line = pulumi.interpolate`${host}:5432:${name}:${name}:${bytes.hex}\n`;
    return {
      password: {
        source: swarmSecret(stack, `${thing}-password`, bytes.hex, onSwarm),
        file: `${thing}-password`,
        user: String(ids.database),
      },
      access: {
        url: `postgresql+psycopg://${name}@${host}/${name}`,
        env: { PGPASSFILE: `/run/secrets/${passfile}` },
        secrets: [
          {
            source: swarmSecret(stack, passfile, line, onSwarm),
            file: passfile,
            user: String(user),
          },
        ],
        configs: [],
      },
    };
  };
  const hub = declare("hub", "database", ids.hub);
  const gradebook = declare("gradebook", "gradebook", ids.grading);
  const service = declareService(args, options, {
    secrets: [hub.password, gradebook.password],
    health: ["semesterhub-database-health"],
  });
  return { service, hub: hub.access, gradebook: gradebook.access };
}

/**
 * The campus's server. An `up` looks at it from each machine that will use it before it touches anything
 * of the course; the service then keeps dumps of it in the tree, and restores them.
 */
function campusDatabases(
  args: HubServiceArgs,
  campus: Campus,
  options: Options,
  onSwarm: pulumi.CustomResourceOptions,
): Databases {
  const { config, machine, storage } = args;
  const { stack } = config;
  const { hub, gradebook, certificateAuthority: authority } = campus;
  const configs =
    authority === undefined
      ? []
      : [{ source: swarmConfig(stack, "database-ca", authority, onSwarm), file: authorityFile }];
  const env = (passfile: string) => ({
    PGPASSFILE: `/run/secrets/${passfile}`,
    ...trust,
    ...(authority !== undefined && { PGSSLROOTCERT: authorityFile }),
  });
  const secret = (passfile: string, text: pulumi.Input<string>, user: number): MountedData => ({
    source: swarmSecret(stack, passfile, text, onSwarm),
    file: passfile,
    user: String(user),
  });
  const access = (one: Campus["hub"], passfile: string, user: number): DatabaseAccess => ({
    url: `postgresql+psycopg://${one.user}@${one.host}:${String(one.port)}/${one.database}`,
    env: env(passfile),
    secrets: [secret(passfile, passwordLine(one), user)],
    configs,
  });
  const places = JSON.stringify({ hub: placeOf(hub), gradebook: placeOf(gradebook) });
  const lines = pulumi.interpolate`${passwordLine(hub)}${passwordLine(gradebook)}`;
  const machines = machine === storage.machine ? [machine] : [machine, storage.machine];
  const checks = machines.map((each) => {
    const stdin = pulumi.jsonStringify({
      ...{ course: stack, places: JSON.parse(places) as object, passfile: lines },
      ...(authority !== undefined && { authority }),
    });
    return each.run(
      onMachine("database-check", each),
      {
        create: "course/database-check.sh",
        environment: { IMAGE: args.images.on(each, "database").reference },
        stdin: pulumi.secret(stdin),
      },
      { parent: options.parent, dependsOn: [args.cluster.swarm] },
    ).resource;
  });
  const service = declareService(
    args,
    { ...options, dependsOn: checks },
    {
      env: env("database-passfiles"),
      secrets: [secret("database-passfiles", lines, ids.database)],
      configs: [
        ...configs,
        { source: swarmConfig(stack, "database-places", places, onSwarm), file: campusFile },
      ],
      health: ["test", "-e", "/srv/database/serving"],
    },
  );
  return {
    service,
    hub: access(hub, "database-passfile", ids.hub),
    gradebook: access(gradebook, "gradebook-passfile", ids.grading),
  };
}

/** The server must prove its name; only then it gets the password. */
const trust = {
  PGSSLMODE: "verify-full",
  PGSSLROOTCERT: "/etc/ssl/certs/ca-certificates.crt",
  PGCONNECT_TIMEOUT: "10",
};

const placeOf = ({ host: server, port, user, database }: Campus["hub"]) => ({
  ...{ host: server, port, user, database },
});

/** A line of libpq's file of passwords. */
function passwordLine({ host: server, port, user, database, password }: Campus["hub"]) {
  const escaped = password.apply((text) => text.replace(/[\\:]/g, "\\$&"));
  return pulumi.interpolate`${server}:${String(port)}:${database}:${user}:${escaped}\n`;
}

function declareService(
  { config, images, cluster, storage }: HubServiceArgs,
  options: Options,
  more: Pick<Parameters<typeof courseService>[1], "env" | "secrets" | "configs" | "health">,
): docker.Service {
  return courseService(
    "database",
    {
      stack: config.stack,
      image: images.on(storage.machine, "database").reference,
      cluster,
      on: cluster.onStorage,
      networks: [{ network: cluster.controlNetwork, aliases: [host] }],
      mounts: [
        { source: storage.folder("postgres"), target: "/srv/database" },
        { source: storage.folder("dumps"), target: "/srv/dumps" },
      ],
      memoryBytes: 1024 ** 3,
      ...more,
    },
    options,
  );
}

/** Servers of the campus's that have the course's data: no student's server needs to reach them. */
export function databaseServers({ database }: Pick<SemesterConfig, "database">): string[] {
  const { campus } = database;
  return campus ? [...new Set([campus.hub.host, campus.gradebook.host])] : [];
}
