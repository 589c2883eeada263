// The proxy of a semester and its ACME client alone, on this computer, for test/deploy/acme.test.ts.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../../components/certificateAuthority";
import { createPlatform } from "../../components/machines";
import { courseSite, ProxyHost } from "../../components/proxyHost";
import { paletteOf } from "../../config/palette";
import type { SemesterConfig } from "../../config";
import { portsOf } from "../../config/ports";

/** What the test wants. */
export interface Wanted {
  readonly stack: string;
  readonly domain: string;
  readonly ports: { readonly https: number; readonly http: number };
  /** The address at which nginx finds what stands for chp. */
  readonly upstream: string;
  readonly images: { readonly proxy: string; readonly acme: string };
  readonly directory: string;
  readonly certificateAuthority: string;
  readonly eab: { readonly keyId: string; readonly key: string };
}

const wanted = JSON.parse(readFileSync(process.env["ACME_TEST"] ?? "", "utf8")) as Wanted;
const { stack, domain, ports, directory, certificateAuthority, images } = wanted;
const config = {
  platform: { kind: "local", generation: 1 },
  proxy: {
    domain,
    port: ports.https,
    publicPort: ports.https,
    httpPort: ports.http,
    subdomains: false,
    uploadMegabytes: 512,
    tls: {
      source: "acme",
      email: "it@example.edu",
      directory,
      certificateAuthority,
      eab: { keyId: wanted.eab.keyId, key: pulumi.secret(wanted.eab.key) },
    },
  },
} as const;

const authority = new CertificateAuthority("authority", { stack });
const platform = createPlatform(config as unknown as SemesterConfig, authority);
const proxy = new ProxyHost("proxy", { platform });
// The hub elsewhere, so that the proxy is as on a machine of its own: without a Swarm.
// Only what stands for a part of a course is cast, so that a change of what a proxy needs shows here.
const { nginx, acme } = proxy.serve({
  stack,
  proxy: config.proxy,
  course: { title: "Course", timezone: "UTC" },
  face: { palette: paletteOf("#005f9e"), welcome: [], links: [], templates: [] },
  site: courseSite(config as unknown as SemesterConfig, proxy.machine),
  authority,
  images: {
    on: (_, image) => {
      const name = pulumi.output(images[image as keyof Wanted["images"]]);
      return { name, reference: name };
    },
  },
  healthEverySeconds: 5,
  chp: { address: pulumi.output(wanted.upstream), port: portsOf().chp },
});

export const containers = { proxy: nginx.name, acme: acme?.name };
export const certificateAuthorityOfStack = authority.certificate;
/** Of what stands for chp. */
export const chp = authority.issue("chp", { commonName: "chp", dnsNames: ["chp"], use: "server" });
