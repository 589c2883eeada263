import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../config";
import { letsEncrypt } from "../config/schema/tls";
import type { CertificateAuthority } from "./certificateAuthority";
import type { HubService } from "./hubService";
import type { Machine } from "./machines";

/** What shows that a course answers. */
export interface CourseCheckArgs {
  /** The hub's machine: who checks runs in the hub's container. */
  readonly machine: Machine;
  /** The proxy's machine; on one computer the same. */
  readonly proxyMachine: Machine;
  readonly single: boolean;
  readonly proxy: Pick<SemesterConfig["proxy"], "port" | "tls">;
  readonly authority: CertificateAuthority;
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
  /** What `npm run check` needs to know. */
  readonly reach: pulumi.Output<{
    readonly address: string;
    readonly port: number;
    readonly certificates: string;
  }>;

  constructor(name: string, args: CourseCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:CourseCheck", name, {}, opts);
    const { machine, proxy, jupyterhub, versions, after } = args;
    this.reach = pulumi.output({
      // Within the course's own network: a cloud may not lead a public address back inside.
      address: args.single ? "gateway" : args.proxyMachine.privateAddress,
      ...{ port: proxy.port, certificates: trusted(args) },
    });
    machine.run(
      "course-check",
      {
        create: "course/course-check.sh",
        environment: {
          SERVICE: jupyterhub.hub.name,
          ADDRESS: this.reach.address,
          PORT: String(proxy.port),
          CERTIFICATES: this.reach.certificates,
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

/**
 * Whom a browser has to believe, beside public authorities: the stack's own, or the very certificate
 * that was configured. Which authority is behind another ACME directory is not known here: there the
 * name and the dates of the certificate count.
 */
function trusted({ proxy: { tls }, authority }: CourseCheckArgs): pulumi.Input<string> {
  if (tls.source === "files") return tls.certificate;
  const other = tls.source === "acme" && tls.directory !== letsEncrypt;
  return other ? "served" : authority.certificate;
}
