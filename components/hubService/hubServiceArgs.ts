import type * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import type { HubHost } from "../hubHost";
import type { Machines } from "../machines/machine";
import type { NfsExport } from "../nfsExport";
import type { SwarmCluster } from "../swarmCluster";

/** What JupyterHub and its services are made from. */
export interface HubServiceArgs {
  readonly config: SemesterConfig;
  readonly machines: Machines;
  readonly host: HubHost;
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
