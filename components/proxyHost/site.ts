import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import type { CertificateArgs } from "../certificateAuthority";
import type { Machine } from "../machines/machine";

/** What browsers call the course. */
export interface Site {
  /** Host name or address. */
  readonly host: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;
  /** The names for a certificate of the stack's own authority. */
  readonly names: Pick<CertificateArgs, "commonName" | "dnsNames" | "ipAddresses">;
}

/** The domain; without one, localhost on this computer, and elsewhere the proxy machine's address. */
export function courseSite({ proxy, platform }: SemesterConfig, machine: Machine): Site {
  const { domain, publicPort, subdomains } = proxy;
  const address = machine.publicAddress ?? machine.privateAddress;
  const local = platform.kind === "local";
  const host = domain === undefined && !local ? address : pulumi.output(domain ?? "localhost");
  const suffix = publicPort === 443 ? "" : `:${publicPort}`;
  const isAddress = (name: string): boolean => isIP(name) !== 0;
  return {
    host,
    url: pulumi.interpolate`https://${host}${suffix}`,
    names: {
      commonName: host,
      dnsNames: host.apply((name) =>
        isAddress(name) ? [] : [name, ...(subdomains ? [`*.${name}`] : [])],
      ),
      ipAddresses:
        domain === undefined && local
          ? ["127.0.0.1", "::1"]
          : host.apply((name) => (isAddress(name) ? [name] : [])),
    },
  };
}
