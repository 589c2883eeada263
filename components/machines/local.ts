import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { portsOf } from "../../config/ports";
import { shellScript } from "../lib/shell";
import { engineContents } from "./engineContents";
import { engineFacts } from "./engineFacts";
import {
  fileScript,
  triggersOf,
  type EngineContents,
  type EngineSocket,
  type FileArgs,
  type Machine,
  type Platform,
  type CommandResult,
  type RunArgs,
} from "./machine";

/** This computer and its Docker engine. */
class LocalMachine extends pulumi.ComponentResource implements Machine {
  readonly name: string;
  readonly privateAddress = pulumi.output("127.0.0.1");
  readonly publicAddress = pulumi.output("127.0.0.1");
  readonly buildPlatform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
  readonly engine: docker.Provider;
  readonly contents: EngineContents;
  readonly engineSocket: EngineSocket;
  readonly ipv6: pulumi.Output<boolean>;
  /** The engine answers, and has nothing of an earlier generation: every command waits for it. */
  private readonly ready?: pulumi.Resource;

  constructor(
    name: string,
    private readonly generation: number,
    stack: string,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("semesterhub:index:LocalMachine", name, { generation }, opts);
    this.name = name;
    this.contents = engineContents(name, generation, this);
    const ready = this.run(
      `${name}-engine`,
      { create: "engine/local.sh", environment: { STACK: stack } },
      { parent: this },
    );
    this.ready = ready.resource;
    const facts = engineFacts(ready.stdout);
    this.engineSocket = facts.socket;
    this.ipv6 = facts.ipv6;
    this.engine = new docker.Provider(`${name}-docker`, { host: facts.host }, { parent: this });
    this.registerOutputs();
  }

  run(name: string, args: RunArgs, options?: pulumi.CustomResourceOptions): CommandResult {
    const { create, delete: undo, stdin } = args;
    // An engine whose data is new has none of it yet.
    const environment =
      this.generation === 1
        ? args.environment
        : { ...args.environment, SEMESTERHUB_GENERATION: String(this.generation) };
    const resource = new command.local.Command(
      name,
      {
        create: shellScript(create),
        ...(undo === undefined ? {} : { delete: shellScript(undo) }),
        ...(environment === undefined ? {} : { environment }),
        ...(stdin === undefined ? {} : { stdin }),
        // Standard output is data; what a script has to say to people goes to standard error. One
        // that was given a secret says nothing, since it could say the secret.
        logging: stdin === undefined ? command.local.Logging.Stderr : command.local.Logging.None,
        ...triggersOf(args),
        addPreviousOutputInEnv: false,
      },
      this.ready ? pulumi.mergeOptions(options, { dependsOn: this.ready }) : options,
    );
    return { resource, stdout: resource.stdout };
  }

  file(name: string, args: FileArgs, options?: pulumi.CustomResourceOptions): CommandResult {
    return this.run(name, fileScript(args), options);
  }
}

/** The `local` platform: one machine is proxy, hub and the place where students' servers run. */
export function localPlatform(generation: number, stack: string): Platform {
  const machine = new LocalMachine("local", generation, stack);
  const self = () => machine;
  return { single: true, proxy: self, hub: self, nodes: new Map(), ports: portsOf(), trusting: [] };
}
