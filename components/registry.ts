import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { CertificateAuthority } from "./certificateAuthority";
import { ids } from "./ids";
import { onMachine, type Machine, type Ran } from "./machine";
import type { NfsExport } from "./nfsExport";
import { courseService, swarmSecret } from "./service";
import type { SwarmCluster } from "./swarmCluster";

/** What a registry on the hub's machine is made from. */
export interface RegistryArgs {
  readonly stack: string;
  readonly machine: Machine;
  readonly cluster: SwarmCluster;
  /** Its image, built on the machine. */
  readonly image: pulumi.Input<string>;
  /** The layers are kept in a folder of it. */
  readonly storage: NfsExport;
  readonly authority: CertificateAuthority;
}

/** An image that came to a machine. */
export interface Pulled {
  readonly resource: pulumi.Resource;
  /** What it is called there. */
  readonly name: pulumi.Output<string>;
}

/** On the hub's machine. */
export const registryPort = 5000;
const user = "semesterhub";

/**
 * The registry through which images reach the other machines: TLS with a certificate of the stack's
 * authority, which the machines' engines believe here, one user, layers on the hub's storage. Machines
 * log in for as long as they pull and keep no credentials.
 */
export class Registry extends pulumi.ComponentResource {
  /** Host and port. */
  readonly server: pulumi.Output<string>;
  readonly service: docker.Service;

  private readonly name: string;
  private readonly machine: Machine;
  private readonly password: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:Registry", name, {}, opts);
    const { machine, cluster } = args;
    this.name = name;
    this.machine = machine;
    this.server = pulumi.interpolate`${machine.privateAddress}:${registryPort}`;
    const onSwarm = { parent: this, provider: machine.engine, dependsOn: [cluster.swarm] };
    const password = new random.RandomPassword(
      `${name}-registry-password`,
      { length: 40, special: false },
      { parent: this },
    );
    this.password = password.result;
    this.service = this.declareService(args, password, onSwarm);
    this.registerOutputs({ server: this.server });
  }

  private declareService(
    args: RegistryArgs,
    password: random.RandomPassword,
    onSwarm: {
      parent: pulumi.Resource;
      provider: docker.Provider;
      dependsOn: pulumi.Resource[];
    },
  ): docker.Service {
    const { stack, machine, cluster, storage, authority } = args;
    const owner = String(ids.registry);
    const certificate = authority.issue("registry", {
      commonName: "registry",
      ipAddresses: machine.privateAddress.apply((address) => [address]),
      use: "server",
    });
    const secret = (thing: string, value: pulumi.Input<string>) => ({
      source: swarmSecret(stack, `${this.name}-registry-${thing}`, value, onSwarm),
      file: `registry-${thing}`,
      user: owner,
    });
    const folder = machine.run(
      `${this.name}-registry-folder`,
      {
        create: "folder.sh",
        environment: {
          FOLDER: storage.folder("registry"),
          OWNER: `${owner}:${owner}`,
          MODE: "0700",
        },
      },
      { parent: this },
    );
    return courseService(
      `${this.name}-registry`,
      {
        stack,
        image: args.image,
        constraints: cluster.onHub,
        mounts: [{ source: storage.folder("registry"), target: "/srv/registry" }],
        secrets: [
          secret("cert", certificate.certificate),
          secret("key", certificate.key),
          secret("htpasswd", pulumi.interpolate`${user}:${password.bcryptHash}\n`),
        ],
        publish: [{ target: registryPort, port: registryPort }],
        health: ["registry-health"],
        memoryBytes: 512 * 1024 ** 2,
      },
      { ...onSwarm, dependsOn: [...onSwarm.dependsOn, folder.resource] },
    );
  }

  /** An image that was built on the registry's machine, sent to it; answers its name with its digest. */
  push(image: string, tag: string, built: pulumi.Resource, parent: pulumi.Resource): Ran {
    return this.transfer(`${this.name}-${image}-push`, this.machine, "image-push.sh", tag, parent, [
      built,
      this.service,
    ]);
  }

  /** An image that was sent, on another machine too; answers what it is called there. */
  pull(image: string, tag: string, machine: Machine, pushed: Ran, parent: pulumi.Resource): Pulled {
    const name = onMachine(this.name, `${image}-pull`, machine);
    const pulled = this.transfer(name, machine, "image-pull.sh", tag, parent, [pushed.resource]);
    // Known in a preview, and depended on as pulled.
    const there = pulumi
      .all([this.server, pulled.resource.urn])
      .apply(([server]) => `${server}/${tag}`);
    return { resource: pulled.resource, name: there };
  }

  private transfer(
    name: string,
    machine: Machine,
    script: string,
    tag: string,
    parent: pulumi.Resource,
    after: readonly pulumi.Resource[],
  ): Ran {
    return machine.run(
      name,
      {
        create: script,
        environment: { IMAGE: tag, SERVER: this.server, USERNAME: user },
        stdin: this.password,
      },
      { parent, dependsOn: [...after] },
    );
  }
}
