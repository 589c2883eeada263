/**
 * Machines for tests of what is on them: reached as real ones are, made in the same steps, each
 * step waiting for the one before. Addresses are those of a private network.
 */
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fileScript } from "../../../components/machines/machine";
import type {
  FileArgs,
  Machine,
  Machines,
  CommandResult,
  RunArgs,
} from "../../../components/machines/machine";
import { portsOf } from "../../../config/ports";
import { shellScript } from "../../../components/lib/shell";

class FakeMachine extends pulumi.ComponentResource implements Machine {
  readonly privateAddress: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly identity: pulumi.Output<string>;
  readonly buildPlatform = "linux/amd64";
  readonly engine: docker.Provider;
  readonly engineSocket = {
    path: pulumi.output("/var/run/docker.sock"),
    group: pulumi.output("995"),
  };
  readonly ipv6 = pulumi.output(true);

  constructor(
    stackName: string,
    readonly name: string,
    private readonly address: string,
    made = 0,
  ) {
    super("semesterhub:index:FakeMachine", `${stackName}-${name}`);
    this.identity = pulumi.output(`the key of ${name}, made ${made} times`);
    this.privateAddress = pulumi.output(address);
    this.publicAddress = pulumi.output(`203.0.113.${address.split(".")[3] ?? ""}`);
    const steps = ["hostkey", "base", "docker", "engine"].reduce<CommandResult[]>(
      (before, step) => {
        const options = { parent: this, dependsOn: before.map(({ resource }) => resource) };
        return [this.run(`${stackName}-${name}-${step}`, { create: "nothing.sh" }, options)];
      },
      [],
    );
    this.engine = new docker.Provider(
      `${stackName}-${name}-docker`,
      { host: pulumi.all(steps.map(({ stdout }) => stdout)).apply(() => `tcp://${address}:2376`) },
      { parent: this },
    );
  }

  run(name: string, args: RunArgs, options: pulumi.CustomResourceOptions = {}): CommandResult {
    const { create, delete: undo, environment = {}, stdin } = args;
    // What runs on a machine comes after its engine, except the steps to the engine.
    const engine = (this as { engine?: docker.Provider }).engine;
    const after = [options.dependsOn ?? []].flat() as pulumi.Resource[];
    const resource = new command.remote.Command(
      name,
      {
        connection: { host: this.address },
        create: shellScript(create),
        ...(undo === undefined ? {} : { delete: shellScript(undo) }),
        environment,
        ...(stdin === undefined ? {} : { stdin }),
        logging: stdin === undefined ? command.remote.Logging.Stderr : command.remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { ...options, dependsOn: engine === undefined ? after : [...after, engine] },
    );
    return { resource, stdout: resource.stdout };
  }

  file(name: string, args: FileArgs, options?: pulumi.CustomResourceOptions): CommandResult {
    return this.run(name, fileScript(args), options);
  }
}

/** A proxy, a hub and so many nodes. */
export const fakeMachines =
  (nodes: number, made: Readonly<Record<string, number>> = {}, slot = 0) =>
  (name: string): Machines => {
    const proxy = new FakeMachine(name, "proxy", "192.168.60.10");
    const hub = new FakeMachine(name, "hub", "192.168.60.11");
    return {
      ...{ ports: portsOf(slot), proxy, hub, storage: hub },
      nodes: Array.from({ length: nodes }, (_, index) => {
        const own = `node-${index + 1}`;
        return new FakeMachine(name, own, `192.168.60.${21 + index}`, made[own]);
      }),
    };
  };

/** The same, with a machine of its own for the files. */
export const fakeMachinesApart =
  (nodes: number) =>
  (name: string): Machines => ({
    ...fakeMachines(nodes)(name),
    storage: new FakeMachine(name, "storage", "192.168.60.12"),
  });
