import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { NetworksConfig, StudentLimits } from "../config";
import { contains, formatService, parseSubnet, privateNetworks } from "../config/values";
import { healthOf } from "./lib/health";
import { dockerName } from "./lib/names";
import type { CourseImages, NeededImage, ServerImages } from "./hubHost";
import { inEngine, onMachine, type Machine, type Platform } from "./machines/machine";
import { boundedLog, containerLabels } from "./lib/service";
import type { SwarmCluster, Worker } from "./swarmCluster";

/** The machines that run students' servers. */
export interface NodePoolArgs {
  /** Where the machines come from. */
  readonly platform: Platform;
}

/** What students' servers need on the machines that run them. */
export interface StudentsArgs {
  readonly stack: string;
  /** The hub's machine, which manages the Swarm, and runs students' servers where there are no nodes. */
  readonly hub: Machine;
  readonly cluster: Pick<SwarmCluster, "workers" | "healthEverySeconds">;
  /** What gives each node the students' folders. */
  readonly folders: ReadonlyMap<Machine, pulumi.Resource>;
  readonly images: CourseImages;
  /** What their servers are made from: all of it is brought to each machine ahead. */
  readonly servers: ServerImages;
  /** How long students' servers on a node that is taken away may go on running. */
  readonly drainMinutes: number;
  /** The students' network, and what their servers reach outside of it. */
  readonly networks: Pick<NetworksConfig, "course" | "allow" | "block">;
  /** Public addresses that students' servers must not reach: of machines that trust the nodes. */
  readonly trusting: readonly string[];
  /** What of the network one server may use. */
  readonly limits: Pick<StudentLimits, "connections" | "datagramsPerSecond">;
}

/** Students' images by the names that every machine has them by. */
export interface ServerReferences {
  readonly usual: pulumi.Output<string>;
  readonly sandbox: pulumi.Output<string>;
  /** By the profile's slug. */
  readonly profiles: ReadonlyMap<string, pulumi.Output<string>>;
}

/**
 * The machines that run students' servers, each with a firewall that closes a server's network as
 * it starts: nothing but the hub's API, the name service and the internet. A node is opened when it
 * has all that servers need; one that is taken away gets no new servers, keeps those it has until
 * they are idle or a deadline has passed, and only then loses what they need.
 */
export class NodePool extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  constructor(name: string, args: NodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:NodePool", name, {}, opts);
    this.machines = [...args.platform.nodes.values()].map((create) => create(this));
    this.registerOutputs();
  }

  /**
   * Lets students' servers onto the machines. Answers their images by the names that every machine has
   * them by, and the container name of the firewall, the same on every machine.
   */
  admitStudents(args: StudentsArgs): {
    readonly servers: ServerReferences;
    readonly firewall: pulumi.Output<string>;
  } {
    const { stack, hub, cluster, images, servers } = args;
    const firewall = pulumi.output(dockerName(stack, "firewall"));
    const { usual, sandbox, profiles } = servers;
    const needed = [...new Set<NeededImage>([usual, sandbox, ...profiles.values()])];
    if (this.machines.length === 0) {
      this.declareFirewall("firewall", hub, args);
      const onHub = needed.map((image) => [image, images.on(hub, image).reference] as const);
      return { servers: references(servers, new Map(onHub)), firewall };
    }
    const nodes = cluster.workers.map((worker) => {
      const { machine } = worker;
      const wall = this.declareFirewall(onMachine("firewall", machine), machine, args);
      const there = needed.map((image) => images.on(machine, image));
      const pulled = there.flatMap((one) => one.pulled ?? []);
      this.open(worker, [wall, ...pulled], args);
      return { there, urns: pulled.map(({ urn }) => urn) };
    });
    // By digest, which is the same on all, and only when the last of them has everything.
    const [first] = nodes;
    const urns = pulumi.all(nodes.flatMap((node) => node.urns));
    const known = needed.map((image, index) => {
      const reference = pulumi.all([first?.there[index]?.reference, urns]);
      return [image, reference.apply(([name = ""]) => name)] as const;
    });
    return { servers: references(servers, new Map(known)), firewall };
  }

  private open(
    { machine, id, resource }: Worker,
    after: readonly pulumi.Resource[],
    { stack, hub, folders, drainMinutes }: StudentsArgs,
  ): void {
    const mounted = folders.get(machine);
    hub.run(
      onMachine("open", machine),
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
      { parent: this, dependsOn: [resource, ...after, ...(mounted ? [mounted] : [])] },
    );
  }

  /** A container, not a service: Swarm can't give a service the host's namespaces. */
  private declareFirewall(
    resourceName: string,
    machine: Machine,
    args: StudentsArgs,
  ): docker.Container {
    const health = healthOf("container", ["firewall-health"], args.cluster.healthEverySeconds);
    return new docker.Container(
      resourceName,
      {
        name: dockerName(args.stack, "firewall"),
        image: args.images.on(machine, "firewall").name,
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
        ...inEngine(machine),
        replaceOnChanges: ["healthcheck", "init", "tmpfs"],
        deleteBeforeReplace: true,
      },
    );
  }
}

/** Which reference is whose. */
function references(
  { usual, sandbox, profiles }: ServerImages,
  known: ReadonlyMap<NeededImage, pulumi.Output<string>>,
): ServerReferences {
  const of = (image: NeededImage) => known.get(image) ?? pulumi.output("");
  return {
    usual: of(usual),
    sandbox: of(sandbox),
    profiles: new Map([...profiles].map(([slug, image]) => [slug, of(image)])),
  };
}

/** What images/firewall reads; a list that is empty is left out. Private ranges it closes by itself. */
function firewallEnvironment({ stack, networks, limits, trusting }: StudentsArgs): string[] {
  const { course, allow, block } = networks;
  const lists = {
    ALLOWED: allow.map(formatService),
    BLOCKED: [...block.map(({ cidr }) => cidr), ...publicInside(trusting)],
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
function publicInside(addresses: readonly string[]): string[] {
  return addresses
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
