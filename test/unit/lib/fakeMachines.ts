/**
 * Machines for tests of what is on them: reached as real ones are, made in the same steps, each
 * step waiting for the one before. Addresses are those of a private network.
 */
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fileScript, triggersOf } from "../../../components/machines/machine";
import type {
  FileArgs,
  Machine,
  Platform,
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
    resourceName: string,
    readonly name: string,
    private readonly address: string,
    parent: pulumi.ComponentResource,
    made = 0,
  ) {
    super("semesterhub:index:FakeMachine", resourceName, {}, { parent });
    this.identity = pulumi.output(`the key of ${name}, made ${made} times`);
    this.privateAddress = pulumi.output(address);
    this.publicAddress = pulumi.output(`203.0.113.${address.split(".")[3] ?? ""}`);
    const steps = ["hostkey", "base", "docker", "engine"].reduce<CommandResult[]>(
      (before, step) => {
        const options = { parent: this, dependsOn: before.map(({ resource }) => resource) };
        return [this.run(`${resourceName}-${step}`, { create: "nothing.sh" }, options)];
      },
      [],
    );
    this.engine = new docker.Provider(
      `${resourceName}-provider`,
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
        ...triggersOf(args),
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

/** A proxy, a hub and nodes, so many or with these names. */
export const fakeMachines =
  (nodes: number | readonly string[], made: Readonly<Record<string, number>> = {}, slot = 0) =>
  (): Platform => {
    const names =
      typeof nodes === "number"
        ? Array.from({ length: nodes }, (_, index) => `node-${index + 1}`)
        : nodes;
    const create =
      (role: string, name: string, last: number) => (owner: pulumi.ComponentResource) =>
        new FakeMachine(role, name, `192.168.60.${last}`, owner, made[name]);
    return {
      ...{ single: false, ports: portsOf(slot), trusting: [] },
      proxy: create("proxy", "proxy", 10),
      hub: create("hub", "hub", 11),
      nodes: new Map(
        names.map((name) => [
          name,
          create(`nodes-${name}`, name, 20 + Number(name.replace(/\D/g, ""))),
        ]),
      ),
    };
  };

/** The same, with a machine of its own for the files. */
export const fakeMachinesApart = (nodes: number) => (): Platform => ({
  ...fakeMachines(nodes)(),
  storage: (owner) => new FakeMachine("storage", "storage", "192.168.60.12", owner),
});
