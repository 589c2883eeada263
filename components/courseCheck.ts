import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../config";
import { letsEncrypt } from "../config/schema/tls";
import type { CertificateAuthority } from "./certificateAuthority";

/** How the hub's container reaches the course as a browser does, for `npm run check`. */
export interface CheckReach {
  /** Where the proxy listens; "gateway": on the same machine. */
  readonly address: string;
  readonly port: number;
  /** Whom to believe beside public authorities, in PEM; "served": name and dates alone count. */
  readonly certificates: string;
}

/** What says how a course is checked. */
export interface CheckArgs {
  /** The proxy's machine; absent: the hub's own. */
  readonly proxyAddress?: pulumi.Output<string>;
  readonly proxy: Pick<SemesterConfig["proxy"], "port" | "tls">;
  readonly authority: CertificateAuthority;
}

/** Says how the course is checked. */
export function checkReach(args: CheckArgs): pulumi.Output<CheckReach> {
  const { proxyAddress = "gateway", proxy } = args;
  return pulumi.output({
    ...{ address: proxyAddress, port: proxy.port, certificates: trusted(args) },
  });
}

/**
 * The stack's own authority, or the very certificate that was configured. Which authority is behind
 * another ACME directory is not known here: there the name and the dates of the certificate count.
 */
function trusted({ proxy: { tls }, authority }: CheckArgs): pulumi.Input<string> {
  if (tls.source === "files") return tls.certificate;
  const other = tls.source === "acme" && tls.directory !== letsEncrypt;
  return other ? "served" : authority.certificate;
}
