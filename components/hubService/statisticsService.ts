import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import { ids } from "../lib/ids";
import { courseService, swarmConfig } from "../lib/service";
import type { HubSecrets } from "./hubSecrets";
import type { HubServiceArgs } from "./hubServiceArgs";

const mebibyte = 1024 ** 2;

/**
 * Records who is on line, how servers start and what the machines have left, and shows it. A service of
 * its own: it goes on while the hub restarts, its sums hold nobody up, and it has neither the hub's
 * engine nor its secrets. It runs where the files are, since backups read its database there.
 */
export function statisticsService(
  { config, images, cluster, storage }: HubServiceArgs,
  { statisticsToken, statisticsKey }: HubSecrets,
  onSwarm: pulumi.CustomResourceOptions,
  dependsOn: readonly pulumi.Resource[],
): docker.Service {
  const user = String(ids.statistics);
  const settings = swarmConfig(
    config.stack,
    "statistics-settings",
    statisticsSettings(config),
    onSwarm,
  );
  const { data, copies } = storage.statistics;
  return courseService(
    "statistics",
    {
      stack: config.stack,
      image: images.on(storage.machine, "hub").reference,
      cluster,
      on: cluster.onStorage,
      command: ["semesterhub-statistics"],
      user: `${user}:${user}`,
      networks: [{ network: cluster.controlNetwork, aliases: ["statistics"] }],
      mounts: [
        { source: data, target: "/srv/statistics" },
        ...(copies === undefined ? [] : [{ source: copies, target: "/srv/kept" }]),
        // Has each assignment's deadline, and folders of students' that only they can open.
        {
          source: storage.folder(`exchange/${config.stack}/receipts`),
          target: "/srv/receipts",
          readOnly: true,
        },
      ],
      configs: [{ source: settings, file: "/etc/semesterhub/statistics.json" }],
      secrets: [
        { source: statisticsToken, file: "statistics-token", user },
        { source: statisticsKey, file: "statistics-key", user },
      ],
      health: ["semesterhub-statistics-health"],
      memoryBytes: 512 * mebibyte,
    },
    {
      ...onSwarm,
      dependsOn: [cluster.swarm, cluster.storageReady, ...dependsOn],
    },
  );
}

/**
 * The content of /etc/semesterhub/statistics.json, which the service reads
 * (images/hub/semesterhub_statistics/settings.py describes the same from the other side).
 */
function statisticsSettings({
  course,
  statistics,
}: Pick<SemesterConfig, "course" | "statistics">): string {
  const settings = {
    title: course.title,
    timezone: course.timezone,
    prefix: "/services/statistics/",
    hubApiUrl: "http://hub:8081/hub/api",
    names: statistics.names,
    keepNamesDays: statistics.keepNamesDays,
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}
