import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import { AcmeClient } from "./acmeClient";
import type { Certificate, CertificateAuthority } from "../certificateAuthority";
import { healthOf } from "../lib/health";
import { ids } from "../lib/ids";
import type { CourseImages } from "../hubHost";
import { dockerName } from "../lib/names";
import { inEngine, type Machine, type Platform } from "../machines/machine";
import { boundedLog, containerLabels } from "../lib/service";
import type { Site } from "./site";
import { inProxy, nginxConfig } from "./nginxConfig";
import { standInFiles } from "./standIn";

/** What the public machine is made from. */
export interface ProxyHostArgs {
  /** Where the machine comes from. */
  readonly platform: Platform;
}

/** What nginx serves. */
export interface ServeArgs {
  readonly stack: string;
  readonly proxy: SemesterConfig["proxy"];
  readonly course: SemesterConfig["course"];
  readonly face: SemesterConfig["face"];
  readonly site: Site;
  readonly authority: CertificateAuthority;
  readonly images: CourseImages;
  /** Seconds between two health checks. */
  readonly healthEverySeconds: number;
  /**
   * Where chp is: on a network of this machine, with a folder for what nginx reads; or on a port of
   * another machine.
   */
  readonly chp:
    | {
        readonly network: docker.Network;
        readonly service: pulumi.Resource;
        readonly folder: pulumi.Output<string>;
      }
    | { readonly address: pulumi.Output<string>; readonly port: number };
}

/** nginx, and what goes with it. */
export interface Served {
  readonly nginx: docker.Container;
  /** Another one when nginx or something that it reads is. */
  readonly version: pulumi.Output<string>;
  /** What keeps the certificate where it is an ACME authority's. */
  readonly acme?: docker.Container;
}

/**
 * nginx on the public machine: TLS, static files, and everything else handed to chp. A container and
 * not a service, because the public machine holds no Swarm credentials. Configuration
 * and certificates are files, so that a change is a reload that no connection notices: nginx's
 * container looks for new ones by itself, and is told to after an `up`, so that what it refuses is
 * said there.
 */
export class ProxyHost extends pulumi.ComponentResource {
  readonly machine: Machine;

  constructor(name: string, args: ProxyHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:ProxyHost", name, {}, opts);
    this.machine = args.platform.proxy(this);
    this.registerOutputs({ address: this.machine.publicAddress });
  }

  /** Runs nginx, and what keeps the certificate where it is an ACME authority's. */
  serve(args: ServeArgs): Served {
    const { authority } = args;
    const { machine } = this;
    const certificate = this.certificate(args);
    const site = this.site(args);
    const place = this.place(args);

    const file = (
      thing: string,
      path: string,
      content: pulumi.Input<string>,
      mode?: string,
    ): pulumi.Resource =>
      machine.file(
        `proxy-${thing}`,
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
    // No reload for these: nginx opens them at each request.
    for (const [name, content] of Object.entries(standInFiles(args.course, args.face))) {
      files.push(file(name.replace(/\..*/, ""), name, content));
    }

    const nginx = this.declareContainer(args, place.folder, files);
    const reads = pulumi
      .all([site, certificate.certificate, authority.certificate])
      .apply((read) => createHash("sha256").update(read.join("\0")).digest("hex"));
    const version = pulumi.interpolate`${args.images.on(machine, "proxy").name} ${reads}`;
    machine.run(
      "proxy-reload",
      {
        create: "proxy/proxy-reload.sh",
        environment: {
          CONTAINER: nginx.name,
          // Runs again when what nginx reads has changed.
          VERSION: reads,
        },
      },
      { parent: this, dependsOn: [nginx, ...files] },
    );
    const { tls, domain } = args.proxy;
    if (tls.source !== "acme" || domain === undefined) return { nginx, version };
    const { container: acme } = new AcmeClient(
      "acme",
      {
        ...{ stack: args.stack, machine, domain, source: tls, proxy: nginx },
        subdomains: args.proxy.subdomains,
        image: args.images.on(machine, "acme").name,
        folder: place.folder,
      },
      { parent: this },
    );
    return { nginx, version, acme };
  }

  /** nginx's configuration: where chp is, what the course is called. */
  private site({ proxy, chp }: ServeArgs): pulumi.Output<string> {
    const site = (upstream?: string): string =>
      nginxConfig({
        httpsPort: proxy.publicPort,
        bodyMegabytes: proxy.uploadMegabytes,
        ...(proxy.domain === undefined ? {} : { serverName: proxy.domain }),
        ...(proxy.subdomains && { subdomains: true, serverName: proxy.domain ?? "localhost" }),
        // A browser would remember HSTS for every port of localhost, and break its owner's other work.
        hsts: proxy.domain !== undefined,
        acme: proxy.tls.source === "acme" && proxy.tls.dns === undefined,
        ...(upstream === undefined ? {} : { upstream }),
      });
    if ("network" in chp) return pulumi.output(site());
    return chp.address.apply((address) => site(`${address}:${chp.port}`));
  }

  /** The folder for what nginx reads, on whichever machine it runs. */
  private place({ chp, stack }: ServeArgs): {
    folder: pulumi.Output<string>;
    made: pulumi.Resource[];
  } {
    if ("folder" in chp) return { folder: chp.folder, made: [] };
    const folder = this.machine.run(
      "proxy-folder",
      {
        create: "proxy/proxy-folder.sh",
        environment: { FOLDER: `/etc/semesterhub/${stack}/proxy` },
      },
      { parent: this },
    );
    return { folder: folder.stdout.apply((text) => text.trim()), made: [folder.resource] };
  }

  private certificate({ proxy, site, authority }: ServeArgs): Certificate {
    if (proxy.tls.source === "files") {
      return { certificate: pulumi.output(proxy.tls.certificate), key: proxy.tls.key };
    }
    // With ACME too: nginx must run before an authority can ask it anything.
    return authority.issue("proxy", { ...site.names, use: "server" });
  }

  private declareContainer(
    args: ServeArgs,
    folder: pulumi.Output<string>,
    files: pulumi.Resource[],
  ): docker.Container {
    const { proxy, images, chp, stack } = args;
    const { machine } = this;
    const health = healthOf("container", ["proxy-health"], args.healthEverySeconds);
    // The old proxy goes before the new one comes: what would stop that one is found first.
    const { resource: portsFree } = machine.run(
      "proxy-ports",
      {
        create: "proxy/proxy-ports.sh",
        environment: {
          CONTAINER: dockerName(stack, "proxy"),
          PORTS: [
            `port=${proxy.port}`,
            ...(proxy.httpPort === undefined ? [] : [`httpPort=${proxy.httpPort}`]),
          ].join(" "),
        },
      },
      { parent: this },
    );
    return new docker.Container(
      "proxy",
      {
        name: dockerName(stack, "proxy"),
        image: images.on(machine, "proxy").name,
        ports: machine.ipv6.apply((ipv6) => publishedPorts(proxy, ipv6)),
        ...("network" in chp ? { networksAdvanced: [{ name: chp.network.name }] } : {}),
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
        ...inEngine(machine),
        // Engine 20.10 loses a container that joins an overlay network as the last service leaves it.
        dependsOn: [...files, portsFree, ...("service" in chp ? [chp.service] : [])],
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
