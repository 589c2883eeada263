import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../config";
import type { Certificate, CertificateAuthority } from "./certificateAuthority";
import { ids } from "./ids";
import type { Machine } from "./machine";
import { boundedLog, stackLabels } from "./service";
import { siteConfig } from "./siteConfig";

/** What the public machine is made from. */
export interface ProxyHostArgs {
  readonly stack: string;
  readonly machine: Machine;
  readonly proxy: SemesterConfig["proxy"];
  readonly authority: CertificateAuthority;
  readonly image: pulumi.Input<string>;
  /** Folder on the machine for nginx's configuration and certificates. */
  readonly folder: pulumi.Output<string>;
  /** The network on which nginx reaches chp. */
  readonly network: docker.Network;
  /** What must run before nginx starts. */
  readonly after: readonly pulumi.Resource[];
}

/** Host name that browsers use where no domain is configured. */
const localHost = "localhost";

/** The address of the course, for browsers. */
export function publicUrl(proxy: SemesterConfig["proxy"]): string {
  const port = proxy.port === 443 ? "" : `:${proxy.port}`;
  return `https://${proxy.domain ?? localHost}${port}`;
}

/**
 * nginx on the public machine: TLS, static files, and everything else handed to chp. A container and
 * not a service, because the public machine holds no Swarm credentials (decision 1). Configuration
 * and certificates are files, so that a change is a reload that no connection notices (decision 4).
 */
export class ProxyHost extends pulumi.ComponentResource {
  readonly url: string;
  readonly container: docker.Container;

  constructor(name: string, args: ProxyHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:ProxyHost", name, {}, opts);
    const { machine, proxy, folder, authority } = args;
    this.url = publicUrl(proxy);
    const site = siteConfig({
      httpsPort: proxy.port,
      ...(proxy.domain === undefined ? {} : { serverName: proxy.domain }),
      // A browser would remember HSTS for every port of localhost, and break its owner's other work.
      hsts: proxy.domain !== undefined,
    });
    const certificate = this.certificate(proxy, authority);

    const file = (
      thing: string,
      path: string,
      content: pulumi.Input<string>,
      mode?: string,
    ): pulumi.Resource =>
      machine.file(
        `${name}-proxy-${thing}`,
        {
          path: pulumi.interpolate`${folder}/${path}`,
          content,
          owner: `${ids.proxy}:${ids.proxy}`,
          ...(mode === undefined ? {} : { mode }),
        },
        { parent: this },
      ).resource;
    const files = [
      file("site", "site.conf", site),
      file("ca", "tls/ca.crt", authority.certificate),
      file("crt", "tls/server.crt", certificate.certificate),
      file("key", "tls/server.key", certificate.key, "0400"),
    ];

    this.container = this.declareContainer(`${name}-proxy`, args, files);
    machine.run(
      `${name}-proxy-reload`,
      {
        create: "proxy-reload.sh",
        environment: {
          CONTAINER: this.container.name,
          // Runs again when what nginx reads has changed.
          VERSION: pulumi
            .all([certificate.certificate, authority.certificate])
            .apply((certificates) =>
              createHash("sha256")
                .update([site, ...certificates].join("\0"))
                .digest("hex"),
            ),
        },
      },
      { parent: this, dependsOn: [this.container, ...files] },
    );
    this.registerOutputs({ url: this.url });
  }

  private certificate(
    proxy: SemesterConfig["proxy"],
    authority: CertificateAuthority,
  ): Certificate {
    switch (proxy.tls.source) {
      case "stack":
        return authority.issue("proxy", {
          commonName: proxy.domain ?? localHost,
          dnsNames: [proxy.domain ?? localHost],
          ipAddresses: proxy.domain === undefined ? ["127.0.0.1", "::1"] : [],
          use: "server",
        });
      case "files":
        return { certificate: pulumi.output(proxy.tls.certificate), key: proxy.tls.key };
      case "acme":
        throw new pulumi.RunError(
          'semesterhub:proxy.tls.source "acme" needs a machine that the certificate authority reaches; the platform local has none. Use "stack" or "files".',
        );
    }
  }

  private declareContainer(
    containerName: string,
    args: ProxyHostArgs,
    files: pulumi.Resource[],
  ): docker.Container {
    const { machine, proxy, folder, image, network, stack } = args;
    return new docker.Container(
      containerName,
      {
        name: containerName,
        image,
        ports: [
          { internal: 8443, external: proxy.port },
          ...(proxy.httpPort === undefined ? [] : [{ internal: 8080, external: proxy.httpPort }]),
        ],
        networksAdvanced: [{ name: network.name }],
        volumes: [{ hostPath: folder, containerPath: "/etc/semesterhub", readOnly: true }],
        tmpfs: { "/tmp": "" },
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        memory: 512,
        memorySwap: 512,
        restart: "always",
        logDriver: "json-file",
        logOpts: boundedLog,
        labels: stackLabels(stack),
        healthcheck: {
          tests: ["CMD", "proxy-health"],
          interval: "5s",
          timeout: "5s",
          retries: 6,
          startPeriod: "10s",
        },
        wait: true,
        waitTimeout: 60,
      },
      {
        parent: this,
        provider: machine.engine,
        dependsOn: [...files, ...args.after],
        deleteBeforeReplace: true,
        // The official plugin neither updates these nor replaces for them.
        replaceOnChanges: ["healthcheck", "init", "tmpfs"],
      },
    );
  }
}
