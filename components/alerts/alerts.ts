import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { AlertsConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import type { CourseImages } from "../hubHost";
import { ids } from "../lib/ids";
import { courseService, swarmConfig, swarmSecret, type ServiceArgs } from "../lib/service";
import { inEngine, type Machine } from "../machines/machine";
import type { NfsExport } from "../nfsExport";
import type { SwarmCluster } from "../swarmCluster";
import { alertsChannels, alertsSettings } from "./alertsSettings";

const mebibyte = 1024 ** 2;

/** What operators are told with. */
export interface AlertsArgs {
  readonly stack: string;
  readonly title: string;
  readonly alerts: AlertsConfig;
  /** Whether browsers should be shown a public authority's certificate. */
  readonly acme: boolean;
  readonly publicUrl: pulumi.Output<string>;
  readonly authority: CertificateAuthority;
  readonly cluster: SwarmCluster;
  readonly images: CourseImages;
  /** The hub's machine. */
  readonly hub: Machine;
  /** The machines of students' servers. */
  readonly nodes: readonly Machine[];
  readonly storage: NfsExport;
  /** The service's token at the hub. */
  readonly token: docker.Secret;
  /** Prometheus' and Alertmanager's at the service; absent: the course has none. */
  readonly monitoringToken?: docker.Secret;
  /** What must be there before anybody watches it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Tells operators when something is wrong. It has no Docker socket and reads nobody's files: the hub
 * tells it what runs, services that see more leave reports for it, and on machines that have
 * neither a gauge tells how they are.
 */
export class Alerts extends pulumi.ComponentResource {
  readonly service: docker.Service;

  private readonly args: AlertsArgs;
  private readonly options: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource };

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:Alerts", name, {}, opts);
    this.args = args;
    const { cluster, after } = args;
    this.options = {
      parent: this,
      ...inEngine(cluster.manager),
      dependsOn: [cluster.swarm, cluster.storageReady, ...after],
    };
    const gauges = [...this.declareHubGauge(), ...this.declareNodeGauge()];
    this.service = this.declareService(gauges);
    this.registerOutputs({ service: this.service.name });
  }

  private declareService(gauges: readonly docker.Service[]): docker.Service {
    const { stack, title, alerts, acme, publicUrl, authority, cluster, storage } = this.args;
    const { token, monitoringToken } = this.args;
    const gauge = gauges.length > 0 ? gaugeAlias : "";
    const settings = pulumi.all([publicUrl, authority.certificate]).apply(([url, certificate]) =>
      alertsSettings(alerts, {
        ...{ stack, title, gauge, acme, publicUrl: url, authority: certificate },
      }),
    );
    const onSwarm = { ...this.options, dependsOn: [cluster.swarm] };
    const channels = swarmSecret(stack, "alerts-channels", alertsChannels(alerts), onSwarm);
    const user = String(ids.alerts);
    return courseService(
      "alerts",
      {
        ...this.common(storage.machine),
        on: cluster.onStorage,
        networks: [
          {
            network: cluster.controlNetwork,
            ...(monitoringToken && { aliases: ["alerts"] }),
          },
          ...(gauges.length > 0 ? [{ network: cluster.courseNetwork }] : []),
        ],
        mounts: [
          { source: storage.folder("reports"), target: "/srv/reports", readOnly: true },
          { source: storage.folder("alerts"), target: "/srv/alerts" },
        ],
        configs: [
          {
            source: swarmConfig(stack, "alerts-settings", settings, onSwarm),
            file: "/etc/semesterhub/alerts.json",
          },
        ],
        secrets: [
          { source: channels, file: "alerts-channels", user },
          { source: token, file: "alerts-token", user },
          ...(monitoringToken ? [{ source: monitoringToken, file: "monitoring-token", user }] : []),
        ],
        health: ["semesterhub-alerts-health"],
      },
      this.options,
    );
  }

  /** The hub's machine tells by itself, unless the files, and so the alerts, are elsewhere. */
  private declareHubGauge(): docker.Service[] {
    const { hub, storage, cluster } = this.args;
    if (!storage.apart) return [];
    const args = { ...this.gauge(hub), on: cluster.onHub };
    return [courseService("hub-gauge", args, this.options)];
  }

  /** One on each node, also on one that comes later. */
  private declareNodeGauge(): docker.Service[] {
    const { nodes, images, cluster } = this.args;
    const [first] = nodes;
    if (first === undefined) return [];
    // On all of them ahead of the service, which then fetches nothing.
    const pulled = nodes.map((node) => images.on(node, "alerts").pulled);
    const args: ServiceArgs = { ...this.gauge(first), on: cluster.forStudents, everywhere: true };
    const options = {
      ...this.options,
      dependsOn: [
        ...[this.options.dependsOn ?? []].flat(),
        ...pulled.flatMap((resource) => resource ?? []),
      ] as pulumi.Resource[],
    };
    return [courseService("gauge", args, options)];
  }

  private gauge(machine: Machine): Omit<ServiceArgs, "on"> {
    return {
      ...this.common(machine),
      command: ["semesterhub-alerts", "gauge"],
      networks: [{ network: this.args.cluster.courseNetwork, aliases: [gaugeAlias] }],
      health: ["semesterhub-gauge-health"],
    };
  }

  private common(machine: Machine): Omit<ServiceArgs, "health" | "on"> {
    const { stack, cluster, images } = this.args;
    return {
      stack,
      image: images.on(machine, "alerts").reference,
      cluster,
      // Swarm writes in the name of the machine that a container runs on.
      env: { SEMESTERHUB_MACHINE: "{{.Node.Hostname}}" },
      memoryBytes: 128 * mebibyte,
    };
  }
}

/** By what name the gauges of all machines are found. */
const gaugeAlias = "gauges";
