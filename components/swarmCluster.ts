import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Subnet } from "../config/values";
import { inEngine, onMachine, type Machine } from "./machines/machine";
import { dockerName } from "./lib/names";
import { stackLabels } from "./lib/service";

/** What a Swarm and its two networks are made from. */
export interface SwarmClusterArgs {
  readonly stack: string;
  /** The hub's machine. */
  readonly manager: Machine;
  /** The machines that run students' servers; none: the manager does. */
  readonly nodes: readonly Machine[];
  /** The machine with the files, where it isn't the manager. */
  readonly storage?: Machine;
  /** Whether the course has one machine alone. */
  readonly single: boolean;
  /** The network that students' servers are on; one address a server. */
  readonly course: Subnet;
  /** The network between hub, chp and proxy, where students are not. */
  readonly control: Subnet;
  /** Encrypt the networks where they lead from one machine to another? */
  readonly encrypted: boolean;
  /**
   * Largest packet of the network between the machines.
   * @default 1500, as Docker assumes
   */
  readonly mtu?: number;
  /** Seconds between two health checks of one of the course's own containers. */
  readonly healthEverySeconds: number;
}

/** A node in the Swarm, where nothing runs before its role is set. */
export interface Worker {
  readonly machine: Machine;
  /** Swarm's own id of it. */
  readonly id: pulumi.Output<string>;
  readonly resource: pulumi.Resource;
}

/**
 * The Docker Swarm of one semester: its manager, its workers and its two overlay networks. A worker
 * whose machine was made anew takes the place of its former self.
 */
export class SwarmCluster extends pulumi.ComponentResource {
  /** Hub, chp and students' servers. */
  readonly courseNetwork: docker.Network;
  /** Hub, chp and, where it is on the same machine, the proxy: a container outside the Swarm's services. */
  readonly controlNetwork: docker.Network;
  readonly manager: Machine;
  /** The manager is there: what services, secrets and configs wait for, and no more than that. */
  readonly swarm: pulumi.Resource;
  /** The nodes. */
  readonly workers: readonly Worker[];
  /** Where services must run that need the hub's machine; empty where there is no other. */
  readonly onHub: readonly string[];
  /** Where services must run that need the machine for storage. */
  readonly onStorage: readonly string[];
  /** What must be there before services can run on the machine for storage. */
  readonly storageReady: pulumi.Resource;
  /** What its machines run; none where this computer's engine is the only one. */
  readonly platform?: string;
  /** Seconds between two looks at whether one of the course's own containers is well. */
  readonly healthEverySeconds: number;
  /** Where students' servers must run; empty: anywhere. */
  readonly forStudents: readonly string[];

  private readonly args: SwarmClusterArgs;
  /** The Swarm's own id. */
  private readonly id: pulumi.Output<string>;
  private readonly encrypted: boolean;

  constructor(name: string, args: SwarmClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const { stack, nodes, storage, single, course, control, encrypted } = args;
    const inputs = { course: course.cidr, control: control.cidr, encrypted, mtu: args.mtu };
    super("semesterhub:index:SwarmCluster", name, inputs, opts);
    this.args = args;
    this.manager = args.manager;
    this.healthEverySeconds = args.healthEverySeconds;
    this.encrypted = !single && encrypted;
    if (!single) this.platform = args.manager.buildPlatform;
    // A label for each stack: two may share machines, and then share the Swarm.
    const role = (is: string): string => `node.labels.semesterhub.role.${stack}==${is}`;
    this.onHub = single ? [] : [role("hub")];
    this.onStorage = storage ? [role("storage")] : this.onHub;
    this.forStudents = nodes.length > 0 ? [role("node")] : [];

    const manager = this.manager.run(
      "swarm",
      {
        create: "swarm/manager.sh",
        delete: "swarm/manager-leave.sh",
        environment: {
          ADVERTISE: this.manager.privateAddress,
          ...(single ? {} : { STACK: stack, NODE_NAME: this.manager.name }),
        },
      },
      { parent: this },
    );
    this.swarm = manager.resource;
    this.id = manager.stdout;
    const able = this.canEncrypt(this.manager);
    this.courseNetwork = this.declareNetwork("course", course, false, able);
    this.controlNetwork = this.declareNetwork("control", control, single, able);
    const token = this.declareToken();
    this.workers = nodes.map((node) => this.declareWorker(node, token));
    this.storageReady = this.declareStorage(token);
    this.registerOutputs({
      courseNetwork: this.courseNetwork.name,
      controlNetwork: this.controlNetwork.name,
    });
  }

  /** A kernel that can't encrypt is told of now: its packets would be lost without a word. */
  private canEncrypt(machine: Machine): pulumi.Resource[] {
    if (!this.encrypted) return [];
    const checked = machine.run(
      onMachine("encryption", machine),
      { create: "swarm/encryption-check.sh", environment: { MACHINE: machine.name } },
      { parent: this },
    );
    return [checked.resource];
  }

  private declareNetwork(
    thing: string,
    subnet: Subnet,
    attachable: boolean,
    after: readonly pulumi.Resource[],
  ): docker.Network {
    const { stack, mtu } = this.args;
    const options = {
      ...(this.encrypted ? { encrypted: "true" } : {}),
      ...(mtu === undefined ? {} : { "com.docker.network.driver.mtu": String(mtu) }),
    };
    const marks = Object.entries(options).map(([option, value]) => `${option}=${value}`);
    return new docker.Network(
      thing,
      {
        name: dockerName(stack, thing),
        driver: "overlay",
        attachable,
        // With the gateway: without it the official plugin replaces the network after a refresh.
        ipamConfigs: [{ subnet: subnet.cidr, gateway: subnet.gateway }],
        ...(marks.length === 0 ? {} : { options }),
        labels: [
          ...stackLabels(stack),
          ...(marks.length === 0
            ? []
            : [{ label: "semesterhub.options", value: marks.sort().join(" ") }]),
        ],
      },
      {
        parent: this,
        ...inEngine(this.manager),
        dependsOn: [this.swarm, ...after],
        deleteBeforeReplace: true,
        // Swarm adds an option of its own, the network's number, for which the official plugin would
        // replace the network at each preview. A change of ours shows in the label.
        ...(marks.length === 0 ? {} : { ignoreChanges: ["options"] }),
      },
    );
  }

  /** What lets workers in; nothing where there is none. */
  private declareToken(): pulumi.Output<string> {
    const { nodes, storage } = this.args;
    if (nodes.length === 0 && !storage) return pulumi.output("");
    const token = this.manager.run(
      "join-token",
      { create: "swarm/join-token.sh", environment: { SWARM: this.id } },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    return pulumi.secret(token.stdout);
  }

  /** The machine for storage, where it is one of its own, is open to its services once it has its role. */
  private declareStorage(token: pulumi.Output<string>): pulumi.Resource {
    const { stack, storage } = this.args;
    if (!storage) return this.swarm;
    const { id, resource } = this.declareWorker(storage, token);
    return this.manager.run(
      "storage-open",
      {
        create: "swarm/node-open.sh",
        delete: "swarm/node-close.sh",
        environment: {
          STACK: stack,
          NODE: id,
          NODE_NAME: storage.name,
          ROLE: "storage",
          DRAIN_MINUTES: "0",
        },
      },
      { parent: this, dependsOn: [resource] },
    ).resource;
  }

  /** Each worker on its own, so that none waits for another. */
  private declareWorker(machine: Machine, token: pulumi.Output<string>): Worker {
    const { stack } = this.args;
    const joined = machine.run(
      onMachine("join", machine),
      {
        create: "swarm/join.sh",
        delete: "swarm/leave.sh",
        environment: {
          STACK: stack,
          SWARM: this.id,
          MANAGER: this.manager.privateAddress,
          ADVERTISE: machine.privateAddress,
        },
        stdin: token,
      },
      { parent: this, dependsOn: this.canEncrypt(machine) },
    );
    // What a script printed that was given a secret may count as one; a node's id is none.
    const id = pulumi.unsecret(joined.stdout);
    const { resource } = this.manager.run(
      onMachine("worker", machine),
      {
        create: "swarm/node.sh",
        delete: "swarm/node-remove.sh",
        environment: { STACK: stack, NODE: id, NODE_NAME: machine.name },
      },
      { parent: this, dependsOn: [joined.resource] },
    );
    return { machine, id, resource };
  }
}
