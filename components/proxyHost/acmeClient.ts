import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { AcmeSource } from "../../config/types";
import { containerDuration } from "../lib/duration";
import { ids } from "../lib/ids";
import { dockerName } from "../lib/names";
import { inEngine, type Machine } from "../machines/machine";
import { boundedLog, containerLabels } from "../lib/service";

/** What keeps a public certificate. */
export interface AcmeClientArgs {
  readonly stack: string;
  /** The proxy's. */
  readonly machine: Machine;
  readonly image: pulumi.Input<string>;
  /** Where nginx reads from: the certificate is put into a folder in it. */
  readonly folder: pulumi.Output<string>;
  /** The name that the certificate is for. */
  readonly domain: string;
  /** Whether the certificate is for all names right below it, too. */
  readonly subdomains: boolean;
  readonly source: AcmeSource;
  /** nginx, which answers the authority. */
  readonly proxy: docker.Container;
}

/**
 * A client of an ACME authority beside nginx. It writes the answers to the authority's questions and
 * the certificate into a folder of the machine, where nginx finds them by itself, and has neither a
 * port nor a say over nginx. Account and certificate are kept in that folder: a new container, an
 * update or a whole new `up` asks for nothing that is there.
 */
export class AcmeClient extends pulumi.ComponentResource {
  readonly container: docker.Container;

  constructor(name: string, args: AcmeClientArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:AcmeClient", name, {}, opts);
    const { machine, folder, stack } = args;
    const owner = `${ids.acme}:${ids.proxy}`;
    const made = machine.run(
      "acme-folder",
      {
        create: "proxy/acme-folder.sh",
        delete: "proxy/acme-folder-delete.sh",
        environment: { FOLDER: pulumi.interpolate`${folder}/acme`, OWNER: owner },
      },
      { parent: this },
    );
    const own = made.stdout.apply((text) => text.trim());
    const content = settings(args);
    const file = machine.file(
      "acme-settings",
      { path: pulumi.interpolate`${own}/settings.json`, content, mode: "0400", owner },
      { parent: this },
    );
    const label = {
      label: "semesterhub.settings",
      // Of a key that nobody guesses: its digest is no secret.
      value: pulumi
        .unsecret(content)
        .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 12)),
    };
    this.container = new docker.Container(
      "acme",
      {
        name: dockerName(stack, "acme"),
        image: args.image,
        volumes: [{ hostPath: own, containerPath: "/srv/acme" }],
        tmpfs: { "/tmp": "" },
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        memory: 256,
        memorySwap: 256,
        restart: "always",
        logDriver: "json-file",
        logOpts: boundedLog,
        labels: pulumi
          .output(containerLabels(stack, machine))
          .apply((labels) => [...labels, label]),
        healthcheck: {
          tests: ["CMD", "semesterhub-acme", "health"],
          interval: containerDuration(30),
          timeout: containerDuration(20),
          retries: 3,
          startPeriod: containerDuration(60),
        },
      },
      {
        parent: this,
        ...inEngine(machine),
        dependsOn: [file.resource, args.proxy],
        deleteBeforeReplace: true,
        replaceOnChanges: ["healthcheck", "init", "tmpfs"],
      },
    );
    this.registerOutputs({ container: this.container.name });
  }
}

/** What images/acme reads; strict on both sides. */
function settings({ domain, subdomains, source }: AcmeClientArgs): pulumi.Output<string> {
  const { email, directory, eab, dns, certificateAuthority } = source;
  return pulumi.jsonStringify({
    domains: subdomains ? [domain, `*.${domain}`] : [domain],
    email,
    directory,
    ...(eab === undefined ? {} : { eab }),
    ...(dns === undefined ? {} : { dns }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  });
}
