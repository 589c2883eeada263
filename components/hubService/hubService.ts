import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { Grading } from "../grading";
import { hubSecrets, type HubSecrets } from "./hubSecrets";
import { homesService, type HomesService } from "./homesService";
import type { HubServiceArgs } from "./hubServiceArgs";
import { hubSettings, rosterFile } from "./hubSettings";
import { engineAccess, type EngineAccess } from "./engineAccess";
import { courseDatabases, type DatabaseAccess, type Databases } from "./databaseService";
import { statisticsService } from "./statisticsService";
import { ids } from "../lib/ids";
import { dockerName } from "../lib/names";
import { inEngine } from "../machines/machine";
import { inContainers } from "../../config/ports";
import { courseService, swarmConfig } from "../lib/service";

export type { HubServiceArgs } from "./hubServiceArgs";

const gibibyte = 1024 ** 3;
const settingsFile = "/etc/semesterhub/hub.json";

/**
 * JupyterHub: the hub, its proxy (chp), the homes service, the culler and the statistics, each a Swarm
 * service.
 */
export class HubService extends pulumi.ComponentResource {
  readonly hub: docker.Service;
  readonly chp: docker.Service;
  readonly homes: docker.Service;
  readonly cull: docker.Service;
  readonly statistics: docker.Service;
  /** How assignments are taken and graded. */
  readonly grading: Grading;
  /** Everybody's password, where the login method is "dummy". */
  readonly password?: pulumi.Output<string>;

  /** The token by which the alerts service asks the hub; absent where the configuration has no alerts. */
  readonly alertsToken?: docker.Secret;
  /** The token by which Prometheus asks the hub; absent where the configuration has none. */
  readonly monitoringToken?: docker.Secret;

  /** Another one when the hub, chp, their settings or a secret of theirs is. */
  readonly version: pulumi.Output<string>;
  private readonly args: HubServiceArgs;
  private readonly options: ReturnType<typeof inEngine> & {
    parent: pulumi.Resource;
    dependsOn: pulumi.Resource[];
  };
  /** For secrets and configs, which only a Swarm's manager takes. */
  private readonly onSwarm: pulumi.CustomResourceOptions;

  constructor(name: string, args: HubServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:HubService", name, {}, opts);
    this.args = args;
    const students = this.declareStudents();
    const engine = inEngine(args.machine);
    // On several machines nothing of the hub's waits for the nodes, but the hub itself.
    const first = args.single ? students : args.cluster.swarm;
    this.options = { parent: this, ...engine, dependsOn: [first] };
    this.onSwarm = { parent: this, ...engine, dependsOn: [args.cluster.swarm] };

    const certificate = args.authority.issue("chp", {
      commonName: "chp",
      dnsNames: ["chp"],
      use: "server",
    });
    const secrets = hubSecrets(args.config, certificate, this.onSwarm);
    const engineFor = engineAccess(args, this.onSwarm);
    const homes = homesService(args, this.options, this.onSwarm);
    const databases = courseDatabases(args, this.options, this.onSwarm);
    const settings = this.declareSettings(homes, databases);
    const checked = this.checkTemplates();

    this.homes = homes.service;
    this.chp = this.declareChp(secrets);
    const roster = swarmConfig(
      args.config.stack,
      "roster",
      // No password, but names: a preview in a pull request shows none.
      pulumi.secret(rosterFile(args.config.roster)),
      this.onSwarm,
    );
    const { config, machine, images, servers, cluster, storage } = args;
    this.grading = new Grading(
      "assignments",
      {
        ...{ config, machine, images, cluster, storage },
        notebookImage: servers.sandbox,
        ...{ token: secrets.gradingToken, roster, students },
        ...(databases.gradebook && { gradebook: databases.gradebook }),
        ...(databases.service && { after: databases.service }),
      },
      { parent: this },
    );
    // The hub reads it again when it changes: a service's config would restart the hub.
    const names = machine.file(
      "class-list",
      {
        path: pulumi.interpolate`${storage.hubDatabase}/roster.json`,
        content: pulumi.secret(rosterFile(config.roster)),
        owner: `${String(ids.hub)}:${String(ids.hub)}`,
        mode: "0400",
      },
      { parent: this },
    ).resource;
    this.hub = this.declareHub(secrets, settings, engineFor, homes, databases.hub, [
      students,
      names,
      ...checked,
      ...(databases.service === undefined ? [] : [databases.service]),
    ]);
    this.cull = this.declareCull(secrets, settings);
    this.version = pulumi
      .all([
        ...(["hub", "chp"] as const).map((image) => images.on(machine, image).reference),
        ...[settings, secrets.proxyToken, secrets.login].map(({ id }) => id),
      ])
      .apply((parts) => parts.join(" "));
    if (secrets.alertsToken !== undefined) this.alertsToken = secrets.alertsToken;
    if (secrets.monitoringToken !== undefined) this.monitoringToken = secrets.monitoringToken;
    this.statistics = statisticsService(args, secrets, this.onSwarm, [this.hub]);
    if (secrets.password !== undefined) this.password = secrets.password;
    this.registerOutputs({ hub: this.hub.name });
  }

  /** Students' servers are the hub's, not Pulumi's; this stops them at destroy, after the hub and before the network. */
  private declareStudents(): pulumi.Resource {
    const { cluster, config, after } = this.args;
    return cluster.manager.run(
      "students",
      {
        create: "nothing.sh",
        delete: "swarm/students-stop.sh",
        // The last backup comes after it.
        evenIfMachineGoes: true,
        environment: { STACK: config.stack },
      },
      {
        parent: this,
        dependsOn: [cluster.courseNetwork, ...after],
      },
    ).resource;
  }

  /** Templates of the course's own: a page that can't be rendered is found before the hub has it. */
  private checkTemplates(): pulumi.Resource[] {
    const { config, images, machine, cluster } = this.args;
    const { templates } = config.face;
    if (templates.length === 0) return [];
    const { resource } = machine.run(
      "templates",
      {
        create: "images/templates-check.sh",
        environment: { IMAGE: images.on(machine, "hub").reference },
        stdin: JSON.stringify(templates),
      },
      { parent: this, dependsOn: [cluster.swarm] },
    );
    return [resource];
  }

  private declareSettings(
    { url: homesUrl }: HomesService,
    { hub: { url: databaseUrl }, service }: Databases,
  ): docker.ServiceConfig {
    const { config, servers, cluster, storage, publicUrl } = this.args;
    const profileImages = pulumi.output(Object.fromEntries(servers.profiles));
    const content = pulumi
      .all([servers.usual, profileImages, storage.path, cluster.courseNetwork.name, publicUrl])
      .apply(([notebookImage, images, storagePath, courseNetwork, url]) =>
        hubSettings(config, {
          stack: config.stack,
          publicUrl: url,
          courseNetwork,
          servicePrefix: dockerName(config.stack, "student"),
          notebookImage,
          profileImages: images,
          storagePath,
          homesUrl,
          databaseUrl,
          keepsDatabase: service === undefined && !storage.onHub,
          constraints: cluster.forStudents,
        }),
      );
    return swarmConfig(config.stack, "hub-settings", content, this.onSwarm);
  }

  /** The proxy in front of hub and students' servers. A service of its own, so that a hub update drops nobody. */
  private declareChp(secrets: HubSecrets): docker.Service {
    const { config, single, ports, images, machine, cluster } = this.args;
    const user = String(ids.chp);
    return courseService(
      "chp",
      {
        stack: config.stack,
        image: images.on(machine, "chp").reference,
        cluster,
        // A proxy outside the Swarm reaches chp on the hub's machine; one on it, by the network.
        publish: single ? [] : [{ target: inContainers.chp, port: ports.chp }],
        env: {
          CONTROL_SUBNET: config.networks.control.cidr,
          ...(config.proxy.subdomains && { HOST_ROUTING: "1" }),
          ...(config.monitoring && { METRICS: "1" }),
          // The hub reads the routes every 2 s; each would be a line.
          LOG_LEVEL: "warn",
        },
        networks: [
          { network: cluster.controlNetwork, aliases: ["chp"] },
          { network: cluster.courseNetwork },
        ],
        secrets: [
          { source: secrets.proxyToken, file: "proxy-token", user },
          { source: secrets.chpCertificate, file: "chp-cert", user },
          { source: secrets.chpKey, file: "chp-key", user },
        ],
        health: ["chp-health"],
        memoryBytes: gibibyte / 2,
      },
      this.options,
    );
  }

  private declareHub(
    secrets: HubSecrets,
    settings: docker.ServiceConfig,
    engineFor: EngineAccess,
    homes: HomesService,
    database: DatabaseAccess,
    first: readonly pulumi.Resource[],
  ): docker.Service {
    const { config, images, machine, cluster, storage } = this.args;
    const user = String(ids.hub);
    return courseService(
      "hub",
      {
        stack: config.stack,
        image: images.on(machine, "hub").reference,
        cluster,
        env: { ...engineFor.env, ...database.env },
        groups: engineFor.groups,
        networks: [
          { network: cluster.controlNetwork, aliases: ["hub"] },
          { network: cluster.courseNetwork, aliases: ["hub"] },
        ],
        mounts: [
          { source: storage.hubDatabase, target: "/srv/hub" },
          ...homes.hubMounts,
          ...engineFor.mounts,
        ],
        configs: [{ source: settings, file: settingsFile }, ...database.configs],
        secrets: [
          { source: secrets.cookie, file: "cookie-secret", user },
          { source: secrets.proxyToken, file: "proxy-token", user },
          { source: secrets.crypt, file: "crypt-key", user },
          { source: secrets.login, file: "login-secret", user },
          { source: secrets.cullToken, file: "cull-token", user },
          { source: secrets.operatorToken, file: "operator-token", user },
          { source: secrets.gradingToken, file: "grading-token", user },
          ...(secrets.alertsToken
            ? [{ source: secrets.alertsToken, file: "alerts-token", user }]
            : []),
          ...(secrets.monitoringToken
            ? [{ source: secrets.monitoringToken, file: "monitoring-token", user }]
            : []),
          { source: secrets.statisticsToken, file: "statistics-token", user },
          ...engineFor.secrets,
          ...database.secrets,
        ],
        health: ["semesterhub-health"],
        memoryBytes: 2 * gibibyte,
      },
      { ...this.options, dependsOn: [...first, this.homes, this.chp, this.grading.service] },
    );
  }

  /** Stops servers that nobody uses. */
  private declareCull(secrets: HubSecrets, settings: docker.ServiceConfig): docker.Service {
    const { config, images, machine, cluster } = this.args;
    return courseService(
      "cull",
      {
        stack: config.stack,
        image: images.on(machine, "hub").reference,
        cluster,
        command: ["semesterhub-cull"],
        networks: [{ network: cluster.controlNetwork }],
        configs: [{ source: settings, file: settingsFile }],
        secrets: [{ source: secrets.cullToken, file: "cull-token", user: String(ids.hub) }],
        health: ["semesterhub-cull-health"],
        memoryBytes: gibibyte / 4,
      },
      { ...this.options, dependsOn: [this.hub] },
    );
  }
}
