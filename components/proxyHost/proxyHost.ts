import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import { AcmeClient } from "./acmeClient";
import type { Certificate, CertificateAuthority } from "../certificateAuthority";
import { healthOf } from "../lib/health";
import { ids } from "../lib/ids";
import type { HubHost } from "../hubHost/hubHost";
import type { Machines } from "../machines/machine";
import type { NfsExport } from "../nfsExport";
import { boundedLog, containerLabels } from "../lib/service";
import type { Site } from "./site";
import { inProxy, nginxConfig } from "./nginxConfig";
import type { SwarmCluster } from "../swarmCluster";

/** What the public machine is made from. */
export interface ProxyHostArgs {
  readonly stack: string;
  readonly machines: Machines;
  readonly proxy: SemesterConfig["proxy"];
  readonly site: Site;
  readonly authority: CertificateAuthority;
  /** Where the image comes from. */
  readonly host: HubHost;
  /** Keeps nginx's configuration and certificates, where the proxy is on the same machine. */
  readonly storage: NfsExport;
  readonly cluster: SwarmCluster;
  /** What the proxy is in front of. */
  readonly chp: docker.Service;
}

/**
 * nginx on the public machine: TLS, static files, and everything else handed to chp. A container and
 * not a service, because the public machine holds no Swarm credentials. Configuration
 * and certificates are files, so that a change is a reload that no connection notices: nginx's
 * container looks for new ones by itself, and is told to after an `up`, so that what it refuses is
 * said there.
 */
export class ProxyHost extends pulumi.ComponentResource {
  readonly container: docker.Container;
  /** What keeps the certificate, where it is an ACME authority's. */
  readonly acme?: docker.Container;

  constructor(name: string, args: ProxyHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:ProxyHost", name, {}, opts);
    const { authority } = args;
    const { proxy: machine } = args.machines;
    const certificate = this.certificate(args);
    const site = this.site(args);
    const place = this.place(name, args);

    const file = (
      thing: string,
      path: string,
      content: pulumi.Input<string>,
      mode?: string,
    ): pulumi.Resource =>
      machine.file(
        `${name}-proxy-${thing}`,
        {
          path: pulumi.interpolate`${place.folder}/${path}`,
          content,
          owner: `${ids.proxy}:${ids.proxy}`,
          ...(mode === undefined ? {} : { mode }),
        },
        { parent: this, dependsOn: place.made },
      ).resource;
    const files = [
      file("site", "site.conf", site),
      file("ca", "tls/ca.crt", authority.certificate),
      file("crt", "tls/server.crt", certificate.certificate),
      file("key", "tls/server.key", certificate.key, "0400"),
    ];

    this.container = this.declareContainer(`${name}-proxy`, args, place.folder, files);
    machine.run(
      `${name}-proxy-reload`,
      {
        create: "proxy/proxy-reload.sh",
        environment: {
          CONTAINER: this.container.name,
          // Runs again when what nginx reads has changed.
          VERSION: pulumi
            .all([site, certificate.certificate, authority.certificate])
            .apply((read) => createHash("sha256").update(read.join("\0")).digest("hex")),
        },
      },
      { parent: this, dependsOn: [this.container, ...files] },
    );
    const { tls, domain } = args.proxy;
    if (tls.source === "acme" && domain !== undefined) {
      const image = args.host.imageOn(machine, "acme");
      const { container: proxy } = this;
      this.acme = new AcmeClient(
        name,
        { stack: args.stack, machine, image, folder: place.folder, domain, source: tls, proxy },
        { parent: this },
      ).container;
    }
    this.registerOutputs({ container: this.container.name });
  }

  /** nginx's configuration: where chp is, what the course is called. */
  private site({ proxy, machines }: ProxyHostArgs): pulumi.Output<string> {
    const site = (upstream?: string): string =>
      nginxConfig({
        httpsPort: proxy.publicPort,
        bodyMegabytes: proxy.uploadMegabytes,
        ...(proxy.domain === undefined ? {} : { serverName: proxy.domain }),
        // A browser would remember HSTS for every port of localhost, and break its owner's other work.
        hsts: proxy.domain !== undefined,
        acme: proxy.tls.source === "acme",
        ...(upstream === undefined ? {} : { upstream }),
      });
    if (machines.proxy === machines.hub) return pulumi.output(site());
    const { hub, ports } = machines;
    return hub.privateAddress.apply((address) => site(`${address}:${ports.chp}`));
  }

  /** The folder for what nginx reads, on whichever machine it runs. */
  private place(
    name: string,
    { machines, storage, stack }: ProxyHostArgs,
  ): { folder: pulumi.Output<string>; made: pulumi.Resource[] } {
    if (machines.proxy === machines.hub) return { folder: storage.folder("proxy"), made: [] };
    const folder = machines.proxy.run(
      `${name}-proxy-folder`,
      {
        create: "proxy/proxy-folder.sh",
        environment: { FOLDER: `/etc/semesterhub/${stack}/proxy` },
      },
      { parent: this },
    );
    return { folder: folder.stdout.apply((text) => text.trim()), made: [folder.resource] };
  }

  private certificate({ proxy, site, authority }: ProxyHostArgs): Certificate {
    if (proxy.tls.source === "files") {
      return { certificate: pulumi.output(proxy.tls.certificate), key: proxy.tls.key };
    }
    // With ACME too: nginx must run before an authority can ask it anything.
    return authority.issue("proxy", { ...site.names, use: "server" });
  }

  private declareContainer(
    containerName: string,
    args: ProxyHostArgs,
    folder: pulumi.Output<string>,
    files: pulumi.Resource[],
  ): docker.Container {
    const { machines, proxy, host, cluster, stack } = args;
    const { proxy: machine } = machines;
    const apart = machine !== machines.hub;
    const health = healthOf("container", ["proxy-health"], cluster.healthEverySeconds);
    return new docker.Container(
      containerName,
      {
        name: containerName,
        image: host.imageOn(machine, "proxy"),
        ports: machine.ipv6.apply((ipv6) => publishedPorts(proxy, ipv6)),
        ...(apart ? {} : { networksAdvanced: [{ name: cluster.controlNetwork.name }] }),
        volumes: [{ hostPath: folder, containerPath: "/etc/semesterhub", readOnly: true }],
        tmpfs: { "/tmp": "" },
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        memory: 512,
        memorySwap: 512,
        restart: "always",
        logDriver: "json-file",
        logOpts: boundedLog,
        labels: containerLabels(stack, machine),
        healthcheck: health.check,
        wait: true,
        waitTimeout: health.patience,
      },
      {
        parent: this,
        provider: machine.engine,
        // Engine 20.10 loses a container that joins an overlay network as the last service leaves it.
        dependsOn: [...files, ...(apart ? [] : [args.chp])],
        deleteBeforeReplace: true,
        // The official plugin neither updates these nor replaces for them.
        replaceOnChanges: ["healthcheck", "init", "tmpfs"],
      },
    );
  }
}

/**
 * nginx's ports on its machine. Each address is declared, because a port without one is published for
 * IPv4 alone, and in the order in which engines list them: another is a change at every preview.
 */
function publishedPorts(
  { port, httpPort }: SemesterConfig["proxy"],
  ipv6: boolean,
): { internal: number; external: number; ip: string }[] {
  const family = (ip: string, own: "ipv4" | "ipv6") => [
    ...(httpPort === undefined ? [] : [{ internal: inProxy.http[own], external: httpPort, ip }]),
    { internal: inProxy.https[own], external: port, ip },
  ];
  return [...family("0.0.0.0", "ipv4"), ...(ipv6 ? family("::", "ipv6") : [])];
}
