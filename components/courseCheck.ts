import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../config";
import { letsEncrypt } from "../config/schema/tls";
import type { CertificateAuthority } from "./certificateAuthority";
import type { HubService } from "./hubService";
import type { Machine } from "./machines";

/** Where a browser beside the hub finds the course, and whom it believes there. */
export interface Reach {
  readonly address: string;
  readonly port: number;
  /** Certificates beside those of public authorities. */
  readonly certificates: string;
}

/** How the course is found. */
export interface ReachArgs {
  readonly proxy: Pick<SemesterConfig["proxy"], "port" | "tls">;
  readonly proxyMachine: Pick<Machine, "privateAddress">;
  readonly authority: CertificateAuthority;
  /** Whether proxy and hub are one machine. */
  readonly single: boolean;
}

/** What shows that a course answers. */
export interface CourseCheckArgs {
  /** The hub's machine: who checks runs beside the hub. */
  readonly machine: Machine;
  readonly reach: pulumi.Output<Reach>;
  readonly jupyterhub: HubService;
  /** What, when it changes, is a reason to check again, beside the hub's own. */
  readonly versions: readonly pulumi.Input<string>[];
  /** Everything else of the course. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * The last thing that an `up` does: a student who never existed before logs in through the public address, starts a
 * server, saves a file, runs a cell, and is removed with everything. So an `up` that ends well means a
 * course that answers. It is done again when the hub, the proxies or the notebook's image change, and
 * by `npm run check` at any time.
 */
export class CourseCheck extends pulumi.ComponentResource {
  constructor(name: string, args: CourseCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:CourseCheck", name, {}, opts);
    const { machine, reach, jupyterhub, versions, after } = args;
    machine.run(
      "course-check",
      {
        create: "course/course-check.sh",
        environment: {
          SERVICE: jupyterhub.hub.name,
          ADDRESS: reach.address,
          PORT: pulumi.interpolate`${reach.port}`,
          CERTIFICATES: reach.certificates,
          VERSION: pulumi
            .all([jupyterhub.version, ...versions])
            .apply((all) => createHash("sha256").update(all.join("\0")).digest("hex")),
        },
      },
      { parent: this, dependsOn: [jupyterhub, ...after] },
    );
    this.registerOutputs();
  }
}

/** The course as the hub's own machine reaches it. */
export function reachOf(args: ReachArgs): pulumi.Output<Reach> {
  const { proxy, proxyMachine, single } = args;
  const address = single ? "gateway" : proxyMachine.privateAddress;
  return pulumi.output({ address, port: proxy.port, certificates: trusted(args) });
}

/**
 * Whom a browser has to believe, beside public authorities: the stack's own, or the very certificate
 * that was configured. Which authority is behind another ACME directory is not known here: there the
 * name and the dates of the certificate count.
 */
function trusted({ proxy: { tls }, authority }: ReachArgs): pulumi.Input<string> {
  if (tls.source === "files") return tls.certificate;
  const other = tls.source === "acme" && tls.directory !== letsEncrypt;
  return other ? "served" : authority.certificate;
}
