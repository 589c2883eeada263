import { isIPv4 } from "node:net";
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../../certificateAuthority";
import {
  fileScript,
  type EngineSocket,
  type FileArgs,
  type Machine,
  type MachineRole,
  type CommandResult,
  type EngineContents,
  type RunArgs,
} from "../machine";
import { grantAccess } from "./access";
import { engineContents } from "../engineContents";
import { engineFacts } from "../engineFacts";
import { findGpus, installEngine } from "./installEngine";
import { readHostKey } from "./hostKey";
import { portsOf, type Ports } from "../../../config/ports";
import { nodesOf } from "./firewall";
import { baseline } from "./baseline";
import { connectionTo, type Bastion } from "./connection";
import { remoteCommand } from "./remoteCommand";
import type { Gate, Host, SshMachineArgs } from "./sshMachineArgs";

export type { SshMachineArgs, SshMachineConfig } from "./sshMachineArgs";

/**
 * A Debian machine reached over SSH, prepared in steps that can each be run again: its host key, the
 * stack's own access, its ground (time, updates, firewall), Docker, mutual TLS in front of the engine,
 * a forward to it, and the proof that it answers.
 */
export class SshMachine extends pulumi.ComponentResource implements Machine, Bastion, Gate, Host {
  readonly name: string;
  readonly user: string;
  readonly privateAddress: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly addresses: pulumi.Output<readonly string[]>;
  /** `machine/baseline.sh` refuses a machine that is anything else. */
  readonly buildPlatform = "linux/amd64";
  readonly engine: docker.Provider;
  readonly contents?: EngineContents;
  readonly engineSocket: EngineSocket;
  readonly ipv6: pulumi.Output<boolean>;
  readonly hostKey: pulumi.Output<string>;
  /** A machine that is made anew has a new host key, as a rule. */
  readonly identity: pulumi.Output<string>;
  readonly connection: command.types.input.remote.ConnectionArgs;
  readonly keyFile?: string;
  private readonly resourceName: string;
  private readonly role: MachineRole;
  /** Which of several semesters on the machine this is, and the ports that it has for that. */
  private readonly slot: number;
  private readonly stack: string;
  /** Which one of those that have had its place this is, where it isn't the first. */
  private readonly generation: string | undefined;
  private readonly ports: Ports;
  /** What every step has: nothing of a machine is taken back when the machine itself is gone. */
  private readonly common: pulumi.CustomResourceOptions;
  private readonly base: pulumi.Resource;
  /** What everything that others run here waits for. */
  private readonly ready: pulumi.Resource;

  constructor(name: string, args: SshMachineArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("semesterhub:index:SshMachine", name, {}, opts);
    const { machine, bastion, authority, generation = 1 } = args;
    this.resourceName = name;
    this.role = args.role;
    this.name = machine.name;
    this.user = machine.user;
    this.slot = args.semester.slot;
    this.stack = args.semester.stack;
    this.generation = generation > 1 ? String(generation) : undefined;
    this.ports = portsOf(this.slot);
    this.privateAddress = pulumi.output(machine.internalAddress);
    this.publicAddress = pulumi.output(machine.address);
    this.addresses = pulumi.all([this.privateAddress, this.publicAddress]);
    this.common = {
      parent: this,
      ...(opts.deletedWith === undefined ? {} : { deletedWith: opts.deletedWith }),
    };

    const through = bastion === undefined ? {} : { bastion };
    const known = args.identity ?? this.generation;
    const identity = known === undefined ? {} : { identity: known };
    const key = readHostKey(
      `${name}-hostkey`,
      { machine, ...through, ...identity },
      // A component doesn't hand on what it depends on; everything else comes after this step.
      { ...this.common, ...(opts.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }) },
    );
    this.hostKey = key.hostKey;
    this.identity =
      this.generation === undefined
        ? this.hostKey
        : pulumi.interpolate`${this.hostKey} ${this.generation}`;
    if (args.role === "hub") this.contents = engineContents(name, generation, this);
    const { access } = machine;
    if (access?.keyFile !== undefined) this.keyFile = access.keyFile;
    const { hostKey } = this;
    const opened = access
      ? grantAccess(name, { machine, hostKey, access, ...through, ...identity }, this.common)
      : hostKey;
    this.connection = connectionTo(machine, opened, bastion);

    this.base = this.prepareBase(args);
    const engine = this.prepareDocker(args);
    const reach = this.prepareForward(args.forward);
    const tls = this.prepareTls(authority, reach.host, engine);
    const admitted = (args.admittedBy ?? []).map((host) => host.admit(name, this));
    const ready = this.step(
      "engine",
      {
        create: "engine/remote.sh",
        environment: {
          ENGINE: this.front,
          LISTEN: this.listen,
          HOST: pulumi.interpolate`tcp://${reach.host}:${reach.port}`,
        },
      },
      [tls, ...admitted],
    );
    this.ready = ready.resource;
    const facts = engineFacts(ready.stdout);
    this.engineSocket = facts.socket;
    this.ipv6 = facts.ipv6;
    this.engine = new docker.Provider(
      `${name}-provider`,
      {
        host: facts.host,
        caMaterial: authority.certificate,
        certMaterial: authority.operator.certificate,
        keyMaterial: authority.operator.key,
      },
      { parent: this },
    );
    this.registerOutputs({ hostKey: this.hostKey });
  }

  run(name: string, args: RunArgs, options: pulumi.CustomResourceOptions = {}): CommandResult {
    const { deletedWith, ...common } = this.common;
    const goesWith =
      deletedWith === undefined || args.evenIfMachineGoes === true ? {} : { deletedWith };
    return this.command(
      name,
      args,
      pulumi.mergeOptions({ ...common, ...goesWith, dependsOn: [this.ready] }, options),
    );
  }

  file(name: string, args: FileArgs, options?: pulumi.CustomResourceOptions): CommandResult {
    return this.run(name, fileScript(args), options);
  }

  /** Forwards a port of this machine to the engine of another, which keeps the port as long as its name. */
  forwardTo(name: string, machine: string, target: pulumi.Input<string>): pulumi.Output<number> {
    const { first, last } = this.ports.forwards;
    const { stdout } = this.command(
      name,
      {
        create: "machine/forward.sh",
        delete: "machine/forward-delete.sh",
        environment: {
          FORWARD: `${this.stack}-${machine}`,
          TARGET: target,
          FIRST: String(first),
          LAST: String(last),
        },
        identity: ["FORWARD"],
      },
      { ...this.common, dependsOn: [this.base] },
    );
    return stdout.apply(Number);
  }

  /** Lets another machine in to what the course has on this one. `name` is what its resources start with. */
  admit(...[name, other]: Parameters<Host["admit"]>): pulumi.Resource {
    return this.command(
      this.role === "hub" ? `${name}-admitted` : `${name}-admitted-${this.role}`,
      {
        create: "machine/admit.sh",
        delete: "machine/admit-delete.sh",
        environment: {
          SLOT: String(this.slot),
          SET: nodesOf(this.slot),
          NODE: other.name,
          ADDRESS: other.privateAddress,
        },
        identity: ["NODE"],
      },
      { ...this.common, dependsOn: [this.base] },
    ).resource;
  }

  /** The engine's address on the network that the machines share. */
  private get listen(): pulumi.Output<string> {
    return pulumi.interpolate`${this.privateAddress}:${this.ports.engine}`;
  }

  /** What the folder and the unit of the TLS in front of the engine are called. */
  private get front(): string {
    return this.slot === 0 ? "engine" : `engine-${this.slot}`;
  }

  private prepareBase(args: SshMachineArgs): pulumi.Resource {
    return this.step("base", {
      create: "machine/baseline.sh",
      delete: "machine/baseline-delete.sh",
      environment: baseline(args, this.ports),
    }).resource;
  }

  private prepareDocker(args: SshMachineArgs): pulumi.Resource {
    const found = findGpus(args);
    const gpus = found && this.step("gpus", found, [this.base]);
    return this.step("docker", installEngine(args, gpus?.stdout), [
      this.base,
      ...(gpus ? [gpus.resource] : []),
    ]).resource;
  }

  /** `dialled` is where the operator reaches the engine; the other machines use the internal address. */
  private prepareTls(
    authority: CertificateAuthority,
    dialled: pulumi.Output<string>,
    engine: pulumi.Resource,
  ): pulumi.Resource {
    const hosts = pulumi
      .all([this.privateAddress, dialled])
      .apply((addresses) => [...new Set(addresses)]);
    const { key, certificate } = authority.issue(`${this.resourceName}-engine`, {
      commonName: this.name,
      dnsNames: hosts.apply((all) => [this.name, ...all.filter((host) => !isIPv4(host))]),
      ipAddresses: hosts.apply((all) => all.filter((one) => isIPv4(one))),
      use: "server",
    });
    return this.step(
      "tls",
      {
        create: "engine/tls.sh",
        delete: "engine/tls-delete.sh",
        environment: { ENGINE: this.front, LISTEN: this.listen },
        stdin: pulumi.secret(pulumi.interpolate`${key}${certificate}${authority.certificate}`),
      },
      [engine],
    ).resource;
  }

  /** Where the operator reaches the engine. */
  private prepareForward(gate: "own" | Gate | undefined): {
    readonly host: pulumi.Output<string>;
    readonly port: pulumi.Output<number>;
  } {
    if (gate === undefined) {
      return { host: this.privateAddress, port: pulumi.output(this.ports.engine) };
    }
    const through: Gate = gate === "own" ? this : gate;
    return {
      host: through.publicAddress,
      port: through.forwardTo(`${this.resourceName}-forward`, this.name, this.listen),
    };
  }

  private step(name: string, args: RunArgs, after: readonly pulumi.Resource[] = []): CommandResult {
    return this.command(`${this.resourceName}-${name}`, args, {
      ...this.common,
      dependsOn: [...after],
    });
  }

  private command(
    name: string,
    args: RunArgs,
    options: pulumi.CustomResourceOptions,
  ): CommandResult {
    const { connection, user, generation } = this;
    const place = { machine: this.name, user, connection, ...(generation && { generation }) };
    return remoteCommand(name, place, args, options);
  }
}
