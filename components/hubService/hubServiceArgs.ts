import type * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import type { CourseImages } from "../hubHost";
import type { Machine } from "../machines/machine";
import type { ServerReferences } from "../nodePool";
import type { NfsExport } from "../nfsExport";
import type { SwarmCluster } from "../swarmCluster";

/** What JupyterHub and its services are made from. */
export interface HubServiceArgs {
  /** What the course's people and limits are. */
  readonly config: Pick<
    SemesterConfig,
    | "stack"
    | "course"
    | "face"
    | "login"
    | "roster"
    | "student"
    | "profiles"
    | "spawn"
    | "cull"
    | "staff"
    | "grading"
    | "statistics"
    | "storage"
    | "database"
    | "networks"
    | "alerts"
    | "monitoring"
    | "proxy"
  >;
  /** The hub's machine. */
  readonly machine: Machine;
  /** Whether the course has one machine alone. */
  readonly single: boolean;
  /** Ports of the hub's machine: its engine behind TLS, and chp for a proxy on another machine. */
  readonly ports: { readonly engine: number; readonly chp: number };
  readonly images: CourseImages;
  /** What students' servers are made from. */
  readonly servers: ServerReferences;
  readonly cluster: SwarmCluster;
  readonly storage: NfsExport;
  readonly authority: CertificateAuthority;
  /** Address that browsers use, e.g. https://localhost:8443. */
  readonly publicUrl: pulumi.Input<string>;
  /**
   * What must be there before the first student's server and, at destroy, after the last: the last
   * backup is taken when nobody writes any more.
   */
  readonly after: readonly pulumi.Resource[];
}
