import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { NetworksConfig, StudentLimits } from "../config";
import type { Platform } from "../config/types";
import { contains, formatService, parseSubnet, privateNetworks } from "../config/values";
import { healthOf } from "./lib/health";
import type { HubHost } from "./hubHost/hubHost";
import { onMachine, type Machine, type Machines } from "./machines/machine";
import type { NfsExport } from "./nfsExport";
import { boundedLog, containerLabels } from "./lib/service";
import type { SwarmCluster, Worker } from "./swarmCluster";

/** Where students' servers run. */
export interface NodePoolArgs {
  readonly stack: string;
  /** Without nodes, students' servers run on the hub's machine. */
  readonly machines: Machines;
  readonly cluster: SwarmCluster;
  readonly storage: NfsExport;
  /** Where the images come from. */
  readonly host: HubHost;
  /** How long students' servers on a node that goes may go on running. */
  readonly drainMinutes: number;
  readonly platform: Platform;
  /** The students' network, and what their servers reach outside of it. */
  readonly networks: Pick<NetworksConfig, "course" | "allow" | "block">;
  /** What of the network one server may use. */
  readonly limits: Pick<StudentLimits, "connections" | "datagramsPerSecond">;
}

/**
 * The machines that run students' servers, each with a firewall that closes a server's network as
 * it starts: nothing but the hub's API, the name service and the internet. A node is opened when it
 * has all that servers need; one that is taken away gets no new servers, keeps those it has until
 * they are idle or a deadline has passed, and only then loses what they need.
 */
export class NodePool extends pulumi.ComponentResource {
  /** The container name of the firewall, the same on every machine of the pool. */
  readonly firewall: pulumi.Output<string>;

  constructor(name: string, args: NodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:NodePool", name, {}, opts);
    const { hub, nodes } = args.machines;
    if (nodes.length === 0) this.declareFirewall(`${name}-firewall`, name, hub, args);
    for (const worker of args.cluster.workers) {
      const { machine } = worker;
      const wall = this.declareFirewall(onMachine(name, "firewall", machine), name, machine, args);
      this.open(name, worker, wall, args);
    }
    this.firewall = pulumi.output(`${name}-firewall`);
    this.registerOutputs({ firewall: this.firewall });
  }

  private open(name: string, worker: Worker, wall: docker.Container, args: NodePoolArgs): void {
    const { stack, machines, storage, host, drainMinutes } = args;
    const { machine, id, resource } = worker;
    const needs = [storage.onNodes.get(machine), host.notebookOnNodes.get(machine)];
    machines.hub.run(
      onMachine(name, "open", machine),
      {
        create: "swarm/node-open.sh",
        delete: "swarm/node-close.sh",
        environment: {
          STACK: stack,
          NODE: id,
          NODE_NAME: machine.name,
          ROLE: "node",
          DRAIN_MINUTES: String(drainMinutes),
        },
      },
      {
        parent: this,
        dependsOn: [resource, wall, ...needs.filter((need) => need !== undefined)],
      },
    );
  }

  /** A container, not a service: Swarm can't give a service the host's namespaces. */
  private declareFirewall(
    resourceName: string,
    name: string,
    machine: Machine,
    args: NodePoolArgs,
  ): docker.Container {
    const health = healthOf("container", ["firewall-health"], args.cluster.healthEverySeconds);
    return new docker.Container(
      resourceName,
      {
        name: `${name}-firewall`,
        image: args.host.imageOn(machine, "firewall"),
        envs: firewallEnvironment(args),
        pidMode: "host",
        networkMode: "none",
        readOnly: true,
        tmpfs: { "/run": "" },
        capabilities: {
          adds: ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_PTRACE"],
          drops: ["ALL"],
        },
        volumes: [
          {
            hostPath: machine.engineSocket.path,
            containerPath: "/var/run/docker.sock",
          },
        ],
        // Ahead of the students' servers that it must close before they run.
        cpuShares: 8192,
        memory: 128,
        memorySwap: 128,
        restart: "always",
        logDriver: "json-file",
        logOpts: boundedLog,
        labels: containerLabels(args.stack, machine),
        healthcheck: health.check,
        wait: true,
        waitTimeout: health.patience,
      },
      {
        parent: this,
        provider: machine.engine,
        replaceOnChanges: ["healthcheck", "init", "tmpfs"],
        deleteBeforeReplace: true,
      },
    );
  }
}

/** What images/firewall reads; a list that is empty is left out. Private ranges it closes by itself. */
function firewallEnvironment({ stack, networks, limits, platform }: NodePoolArgs): string[] {
  const { course, allow, block } = networks;
  const lists = {
    ALLOWED: allow.map(formatService),
    BLOCKED: [...block.map(({ cidr }) => cidr), ...publicInside(platform)],
  };
  return [
    `COURSE_SUBNET=${course.cidr}`,
    `STACK=${stack}`,
    `CONNECTIONS=${limits.connections}`,
    `DATAGRAMS=${limits.datagramsPerSecond}`,
    ...Object.entries(lists)
      .filter(([, items]) => items.length > 0)
      .map(([key, items]) => `${key}=${items.join(",")}`),
  ];
}

/**
 * Addresses of the machines that trust the nodes, where they are of the internet: a student's
 * packet leaves a node with the node's own address. Nodes trust each other with nothing that a
 * container's packet gets out with.
 */
function publicInside(platform: Platform): string[] {
  if (platform.kind !== "hosts") return [];
  return [platform.proxy, platform.hub, ...(platform.storage ? [platform.storage] : [])]
    .map(({ internalAddress }) => internalAddress)
    .filter((address) => {
      const own = parseSubnet(`${address}/32`);
      return (
        own !== undefined &&
        "cidr" in own &&
        !privateNetworks.some((network) => contains(network, own))
      );
    })
    .sort();
}
