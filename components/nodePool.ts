import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { NetworksConfig } from "../config";
import { formatService } from "../config/values";
import type { Machine } from "./machine";
import { boundedLog, stackLabels } from "./service";

/** Where students' servers run. */
export interface NodePoolArgs {
  readonly stack: string;
  /** The workers; empty means that students' servers run on the manager's machine. */
  readonly nodes: readonly Machine[];
  readonly manager: Machine;
  readonly firewallImage: pulumi.Input<string>;
  /** The students' network, and what their servers reach outside of it. */
  readonly networks: Pick<NetworksConfig, "course" | "allow" | "block">;
}

/**
 * The machines that run students' servers, each with a firewall that closes a server's network as
 * it starts: nothing but the hub's API, the name service and the internet.
 */
export class NodePool extends pulumi.ComponentResource {
  /** The container name of the firewall, the same on every machine of the pool. */
  readonly firewall: pulumi.Output<string>;

  constructor(name: string, args: NodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:NodePool", name, {}, opts);
    const machines = args.nodes.length > 0 ? args.nodes : [args.manager];
    for (const [index, machine] of machines.entries()) {
      this.declareFirewall(
        args.nodes.length > 0 ? `${name}-firewall-${index}` : `${name}-firewall`,
        name,
        machine,
        args,
      );
    }
    this.firewall = pulumi.output(`${name}-firewall`);
    this.registerOutputs({ firewall: this.firewall });
  }

  /** A container, not a service: Swarm can't give a service the host's namespaces. */
  private declareFirewall(
    resourceName: string,
    name: string,
    machine: Machine,
    args: NodePoolArgs,
  ): void {
    new docker.Container(
      resourceName,
      {
        name: `${name}-firewall`,
        image: args.firewallImage,
        envs: firewallEnvironment(args),
        pidMode: "host",
        networkMode: "none",
        readOnly: true,
        tmpfs: { "/run": "" },
        capabilities: { adds: ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"], drops: ["ALL"] },
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
        labels: stackLabels(args.stack),
        healthcheck: {
          tests: ["CMD", "firewall-health"],
          interval: "5s",
          timeout: "5s",
          retries: 3,
          startPeriod: "10s",
        },
        wait: true,
        waitTimeout: 60,
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

/** What images/firewall reads; a list that is empty is left out. */
function firewallEnvironment({ stack, networks }: NodePoolArgs): string[] {
  const { course, allow, block } = networks;
  const lists = {
    ALLOWED: allow.map(formatService),
    BLOCKED: block.map(({ cidr }) => cidr),
  };
  return [
    `COURSE_SUBNET=${course.cidr}`,
    `STACK=${stack}`,
    ...Object.entries(lists)
      .filter(([, items]) => items.length > 0)
      .map(([key, items]) => `${key}=${items.join(",")}`),
  ];
}
