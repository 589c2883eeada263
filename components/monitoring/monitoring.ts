import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { MonitoringConfig } from "../../config";
import type { CourseImages } from "../hubHost";
import { ids } from "../lib/ids";
import { courseService } from "../lib/service";
import { inEngine, type Machine } from "../machines/machine";
import type { NfsExport } from "../nfsExport";
import type { SwarmCluster } from "../swarmCluster";

const mebibyte = 1024 ** 2;
/** Where the hub's machine has the records when the tree is elsewhere; a folder for each stack. */
const records = "/var/lib/semesterhub-monitoring";

/** What a course's metrics are recorded with. */
export interface MonitoringArgs {
  readonly stack: string;
  readonly monitoring: MonitoringConfig;
  readonly cluster: SwarmCluster;
  readonly images: CourseImages;
  /** The hub's machine. */
  readonly hub: Machine;
  readonly storage: NfsExport;
  /** With which the hub and the alerts let it read metrics. */
  readonly token: docker.Secret;
  /** What it asks. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Prometheus and Alertmanager in one container, so that both answer at its loopback address alone:
 * neither asks for a password. Operators reach them through the engine; they reach the course's parts
 * by the control network.
 */
export class Monitoring extends pulumi.ComponentResource {
  readonly service: docker.Service;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:Monitoring", name, {}, opts);
    const { stack, monitoring, cluster, images, hub, token, after } = args;
    const user = String(ids.monitoring);
    this.service = courseService(
      "monitoring",
      {
        stack,
        image: images.on(hub, "monitoring").reference,
        cluster,
        env: {
          KEEP_DAYS: String(monitoring.keepDays),
          KEEP_GIGABYTES: String(monitoring.keepGigabytes),
        },
        networks: [{ network: cluster.controlNetwork }],
        mounts: [{ source: this.declareFolder(args), target: "/srv/monitoring" }],
        secrets: [{ source: token, file: "monitoring-token", user }],
        health: ["semesterhub-monitoring-health"],
        memoryBytes: 768 * mebibyte,
      },
      { parent: this, ...inEngine(hub), dependsOn: [cluster.swarm, ...after] },
    );
    this.registerOutputs({ service: this.service.name });
  }

  /** On the machine's own disk: Prometheus loses records on a network's file system. */
  private declareFolder({ hub, storage, stack }: MonitoringArgs): pulumi.Output<string> {
    const owner = String(ids.monitoring);
    const { stdout } = hub.run(
      "monitoring-records",
      {
        create: "files/folder.sh",
        environment: {
          FOLDER: storage.onHub ? storage.folder("monitoring") : `${records}/${stack}`,
          OWNER: `${owner}:${owner}`,
          MODE: "0700",
        },
      },
      { parent: this },
    );
    return stdout.apply((text) => text.trim());
  }
}
