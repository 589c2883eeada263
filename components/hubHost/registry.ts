import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { CertificateAuthority } from "../certificateAuthority";
import { ids } from "../lib/ids";
import type { ImageStore } from "./registryTransfer";
import { inEngine, type Machine } from "../machines/machine";
import { inContainers } from "../../config/ports";
import { courseService, swarmSecret, type ServiceCluster } from "../lib/service";

/** What a registry on the hub's machine is made from. */
export interface RegistryArgs {
  readonly stack: string;
  readonly machine: Machine;
  /** Its port on the machine. */
  readonly port: number;
  readonly cluster: ServiceCluster & { readonly swarm: pulumi.Resource };
  /** Its image, built on the machine. */
  readonly image: pulumi.Input<string>;
  /** The folder for the layers, on the machine. */
  readonly folder: pulumi.Input<string>;
  readonly authority: CertificateAuthority;
}

const user = "semesterhub";

/**
 * The registry through which images reach the other machines: TLS with a certificate of the stack's
 * authority, which the machines' engines believe here, one user, layers on the hub's storage. Machines
 * log in for as long as they pull and keep no credentials.
 */
export class Registry extends pulumi.ComponentResource {
  /** Where images go, and come from. */
  readonly store: ImageStore;
  readonly service: docker.Service;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:Registry", name, { port: args.port }, opts);
    const { machine, port, cluster } = args;
    const onSwarm = { parent: this, ...inEngine(machine), dependsOn: [cluster.swarm] };
    const password = new random.RandomPassword(
      "registry-password",
      { length: 40, special: false },
      { parent: this },
    );
    const server = pulumi.interpolate`${machine.privateAddress}:${port}`;
    this.store = {
      server,
      folder: "semesterhub",
      login: { username: user, password: password.result },
    };
    this.service = this.declareService(args, password, onSwarm);
    this.registerOutputs({ server });
  }

  private declareService(
    args: RegistryArgs,
    password: random.RandomPassword,
    onSwarm: Omit<pulumi.CustomResourceOptions, "dependsOn"> & { dependsOn: pulumi.Resource[] },
  ): docker.Service {
    const { stack, machine, port, cluster, authority } = args;
    const owner = String(ids.registry);
    const certificate = authority.issue("registry", {
      commonName: "registry",
      ipAddresses: machine.privateAddress.apply((address) => [address]),
      use: "server",
    });
    const secret = (thing: string, value: pulumi.Input<string>) => ({
      source: swarmSecret(stack, `registry-${thing}`, value, onSwarm),
      file: `registry-${thing}`,
      user: owner,
    });
    const folder = machine.run(
      "registry-folder",
      {
        create: "files/folder.sh",
        environment: {
          FOLDER: args.folder,
          OWNER: `${owner}:${owner}`,
          MODE: "0700",
        },
      },
      { parent: this },
    );
    return courseService(
      "registry",
      {
        stack,
        image: args.image,
        cluster,
        mounts: [{ source: args.folder, target: "/srv/registry" }],
        secrets: [
          secret("cert", certificate.certificate),
          secret("key", certificate.key),
          secret("htpasswd", pulumi.interpolate`${user}:${password.bcryptHash}\n`),
        ],
        publish: [{ target: inContainers.registry, port }],
        health: ["registry-health"],
        memoryBytes: 512 * 1024 ** 2,
      },
      { ...onSwarm, dependsOn: [...onSwarm.dependsOn, folder.resource] },
    );
  }
}
