import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import type { CourseImages } from "../hubHost";
import { ids } from "../lib/ids";
import { inEngine, type Machine } from "../machines/machine";
import type { NfsExport } from "../nfsExport";
import { courseService, swarmConfig, type MountedData } from "../lib/service";
import type { SwarmCluster } from "../swarmCluster";
import { gradingSettings } from "./gradingSettings";

const mebibyte = 1024 ** 2;
const settingsFile = "/etc/semesterhub/grading.json";

/** What assignments are taken and graded with. */
export interface GradingArgs {
  readonly config: Pick<SemesterConfig, "stack" | "course" | "grading">;
  /** The hub's machine, which manages the Swarm. */
  readonly machine: Machine;
  readonly images: CourseImages;
  /** What submissions are executed in, by the name that every machine has it by. */
  readonly notebookImage: pulumi.Output<string>;
  readonly cluster: SwarmCluster;
  readonly storage: NfsExport;
  /** The service's token at the hub. */
  readonly token: docker.Secret;
  /** The class list. */
  readonly roster: docker.ServiceConfig;
  /** What must be there before students' code runs. */
  readonly students: pulumi.Resource;
  /** How the gradebook on PostgreSQL is opened. Absent: it is a file. */
  readonly gradebook?: GradebookAccess;
  /** What must be there before the gradebook can be opened. */
  readonly after?: pulumi.Resource;
}

/** What the grading service gets for a gradebook on PostgreSQL. */
export interface GradebookAccess {
  /** Without a password. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly MountedData[];
  readonly configs: readonly MountedData[];
}

/**
 * Assignments: the intake that takes submissions where the files are, formgrader as a service for
 * everyone who grades, and the sandbox, whose containers each execute one submission and end.
 */
export class Grading extends pulumi.ComponentResource {
  readonly service: docker.Service;
  readonly intake: docker.Service;
  readonly sandbox: docker.Service;

  private readonly args: GradingArgs;

  constructor(name: string, args: GradingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:Grading", name, {}, opts);
    this.args = args;
    this.intake = this.declareIntake();
    this.sandbox = this.declareSandbox();
    this.service = this.declareService();
    this.registerOutputs({ service: this.service.name });
  }

  private options(...dependsOn: pulumi.Resource[]): pulumi.CustomResourceOptions & {
    parent: pulumi.Resource;
  } {
    const { cluster, machine } = this.args;
    return {
      parent: this,
      ...inEngine(machine),
      dependsOn: [cluster.swarm, cluster.storageReady, ...dependsOn],
    };
  }

  private declareIntake(): docker.Service {
    const { config, images, cluster, storage, roster } = this.args;
    return courseService(
      "intake",
      {
        stack: config.stack,
        image: images.on(storage.machine, "homes").reference,
        cluster,
        on: cluster.onStorage,
        command: ["python3", "-m", "semesterhub_intake"],
        env: {
          COURSE: config.stack,
          TIMEZONE: config.course.timezone,
          GRADERS_GID: String(ids.gradersGroup),
          SUBMISSION_BYTES: String(config.grading.submissionBytes),
        },
        mounts: [{ source: storage.path, target: "/srv/semesterhub" }],
        configs: [{ source: roster, file: "/etc/semesterhub/roster.json" }],
        // Reads each submission with its owner's rights.
        capabilities: [
          ...["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID"],
          ...["CAP_SETGID", "CAP_SETUID"],
        ],
        health: ["homes-health"],
        memoryBytes: 256 * mebibyte,
      },
      this.options(),
    );
  }

  /** Each container takes one submission and ends; Swarm starts a fresh one in its place. */
  private declareSandbox(): docker.Service {
    const { config, notebookImage, cluster, storage, students } = this.args;
    return courseService(
      "sandbox",
      {
        stack: config.stack,
        image: notebookImage,
        cluster,
        on: cluster.forStudents,
        command: ["semesterhub-sandbox"],
        user: "0:0",
        mounts: [{ source: storage.folder("sandbox"), target: "/srv/sandbox" }],
        replicas: config.grading.workers,
        // It takes its own network away, then becomes a user without any of these.
        capabilities: ["CAP_KILL", "CAP_NET_ADMIN", "CAP_SETGID", "CAP_SETUID"],
        health: ["test", "-d", "/srv/sandbox"],
        memoryBytes: config.grading.memoryBytes,
      },
      this.options(students),
    );
  }

  private declareService(): docker.Service {
    const { config, images, cluster, storage, token, gradebook, after } = this.args;
    const settings = swarmConfig(
      config.stack,
      "grading-settings",
      gradingSettings(config, gradebook?.url),
      this.options(),
    );
    return courseService(
      "grading",
      {
        stack: config.stack,
        image: images.on(storage.machine, "grading").reference,
        cluster,
        on: cluster.onStorage,
        user: `${String(ids.grading)}:${String(ids.gradersGroup)}`,
        groups: [String(ids.grading)],
        networks: [{ network: cluster.controlNetwork, aliases: ["grading"] }],
        mounts: [
          { source: storage.folder("course"), target: "/srv/course" },
          { source: storage.folder("exchange"), target: "/srv/nbgrader/exchange" },
          { source: storage.folder("received"), target: "/srv/received", readOnly: true },
          { source: storage.folder("grading"), target: "/srv/grading" },
          { source: storage.folder("sandbox"), target: "/srv/sandbox" },
        ],
        ...(gradebook && { env: gradebook.env }),
        configs: [{ source: settings, file: settingsFile }, ...(gradebook?.configs ?? [])],
        secrets: [
          { source: token, file: "grading-token", user: String(ids.grading) },
          ...(gradebook?.secrets ?? []),
        ],
        health: ["semesterhub-grading-health"],
        memoryBytes: 1024 * mebibyte,
      },
      this.options(...(after === undefined ? [] : [after])),
    );
  }
}
