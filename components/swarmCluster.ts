import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Subnet } from "../config/values";
import type { Machine } from "./machine";
import { stackLabels } from "./service";

/** What a Swarm and its two networks are made from. */
export interface SwarmClusterArgs {
  readonly stack: string;
  /** The machine that becomes the manager. */
  readonly manager: Machine;
  /** The network that students' servers are on; one address a server. */
  readonly course: Subnet;
  /** The network between hub, chp and proxy, where students are not. */
  readonly control: Subnet;
}

/** The Docker Swarm of one semester and its two overlay networks. */
export class SwarmCluster extends pulumi.ComponentResource {
  /** Hub, chp and students' servers. */
  readonly courseNetwork: docker.Network;
  /** Hub, chp and the proxy. Attachable, because the proxy is a container outside the Swarm's services. */
  readonly controlNetwork: docker.Network;
  readonly manager: Machine;

  constructor(name: string, args: SwarmClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("semesterhub:index:SwarmCluster", name, {}, opts);
    this.manager = args.manager;
    const swarm = args.manager.run(
      `${name}-swarm`,
      {
        create: "swarm.sh",
        delete: "swarm-leave.sh",
        environment: { ADVERTISE: args.manager.privateAddress },
      },
      { parent: this },
    );
    const overlay = (thing: string, subnet: Subnet, attachable: boolean): docker.Network =>
      new docker.Network(
        `${name}-${thing}`,
        {
          name: `${name}-${thing}`,
          driver: "overlay",
          attachable,
          // With the gateway: without it the official plugin replaces the network after a refresh.
          ipamConfigs: [{ subnet: subnet.cidr, gateway: subnet.gateway }],
          labels: stackLabels(args.stack),
        },
        {
          parent: this,
          provider: args.manager.engine,
          dependsOn: [swarm.resource],
          deleteBeforeReplace: true,
        },
      );
    this.courseNetwork = overlay("course", args.course, false);
    this.controlNetwork = overlay("control", args.control, true);
    this.registerOutputs({
      courseNetwork: this.courseNetwork.name,
      controlNetwork: this.controlNetwork.name,
    });
  }
}
