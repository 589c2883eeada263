// The proxy of a semester and its ACME client alone, on this computer, for test/deploy/acme.test.ts.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../../components/certificateAuthority";
import type { HubHost } from "../../components/hubHost/hubHost";
import type { Machine } from "../../components/machines/machine";
import { createMachines } from "../../components/machines";
import { ProxyHost } from "../../components/proxyHost/proxyHost";
import { courseSite } from "../../components/proxyHost/site";
import type { SwarmCluster } from "../../components/swarmCluster";
import type { SemesterConfig } from "../../config";

/** What the test wants. */
export interface Wanted {
  readonly stack: string;
  readonly domain: string;
  readonly ports: { readonly https: number; readonly http: number };
  /** Where nginx finds what stands for chp. */
  readonly upstream: string;
  readonly images: { readonly proxy: string; readonly acme: string };
  readonly directory: string;
  readonly certificateAuthority: string;
  readonly eab: { readonly keyId: string; readonly key: string };
}

const wanted = JSON.parse(readFileSync(process.env["ACME_TEST"] ?? "", "utf8")) as Wanted;
const { stack, domain, ports, directory, certificateAuthority, images } = wanted;
const name = `semesterhub-${stack}`;
const config = {
  platform: { kind: "local" },
  proxy: {
    domain,
    port: ports.https,
    publicPort: ports.https,
    httpPort: ports.http,
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

const authority = new CertificateAuthority(name);
const local = createMachines(name, config as unknown as SemesterConfig, authority);
const { proxy } = local;
// The hub elsewhere, so that the proxy is as on a machine of its own: without a Swarm.
const hub = Object.create(proxy, {
  privateAddress: { value: pulumi.output(wanted.upstream) },
}) as Machine;
const host = {
  imageOn: (_: Machine, image: keyof Wanted["images"]) => pulumi.output(images[image]),
} as unknown as HubHost;

// Only what stands for a part of a course is cast, so that a change of what a proxy needs shows here.
const made = new ProxyHost(name, {
  stack,
  machines: { ...local, hub },
  proxy: config.proxy,
  site: courseSite(config as unknown as SemesterConfig, proxy),
  authority,
  host,
  storage: undefined as never,
  cluster: { healthEverySeconds: 5 } as Partial<SwarmCluster> as SwarmCluster,
  chp: undefined as never,
});

export const containers = { proxy: made.container.name, acme: made.acme?.name };
export const certificateAuthorityOfStack = authority.certificate;
/** Of what stands for chp. */
export const chp = authority.issue("chp", { commonName: "chp", dnsNames: ["chp"], use: "server" });
