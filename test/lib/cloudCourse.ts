import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HubUser } from "./hubUser";
import { exec, must, type Done, type Outputs } from "./semester";

/** What SSH needs to know of a machine. */
interface Connection {
  readonly host: string;
  readonly user: string;
  readonly privateKey: string;
  readonly hostKey: string;
  readonly proxy?: Connection;
}

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Record<string, unknown>;
}

/** Everybody's password in the tests. */
const password = "correct-horse-battery";

/** A course on machines that SSH reaches, as its operator has it: by its state alone. */
export class CloudCourse {
  private constructor(
    readonly stack: string,
    readonly outputs: Outputs,
    private readonly connections: ReadonlyMap<string, Connection>,
    private readonly folder: string,
  ) {}

  /** The course as it is now; to be read again when machines came or went. */
  static async current(stack: string): Promise<CloudCourse> {
    const outputs = await command("outputs", stack, "--json", "--show-secrets");
    const exported = await must(process.execPath, [
      ...["scripts/pulumi.mjs", "stack", "export", "--stack", stack, "--show-secrets"],
    ]);
    const { deployment } = JSON.parse(exported.stdout) as {
      deployment: { resources: StateResource[] };
    };
    return new CloudCourse(
      stack,
      JSON.parse(outputs.stdout) as Outputs,
      connectionsOf(deployment.resources),
      mkdtempSync(join(tmpdir(), "semesterhub-cloud-")),
    );
  }

  get machines(): readonly string[] {
    return [...this.connections.keys()];
  }

  get nodes(): readonly string[] {
    return this.machines.filter((name) => name.startsWith("node-"));
  }

  /** Somebody of the roster. */
  user(name: string): HubUser {
    const { url, certificateAuthority } = this.outputs;
    return new HubUser(url, certificateAuthority, name, password);
  }

  /** Somebody of the roster who has signed up and was let in. */
  async member(name: string): Promise<HubUser> {
    const user = this.user(name);
    if (await user.logIn()) return user;
    await user.signUp();
    await this.inService("hub", ["semesterhub-admin", "approve", name]);
    if (!(await user.logIn())) throw new Error(`${name} signed up, was approved, and can't log in`);
    return user;
  }

  /** Runs words on a machine as root; they reach it as they are. */
  async on(machine: string, words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryOn(machine, words);
    if (code !== 0) throw new Error(`${machine}: ${words.join(" ")}: ${code} ${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Likewise; a failure is an answer too. */
  async tryOn(machine: string, words: readonly string[]): Promise<Done> {
    const connection = this.connections.get(machine);
    if (connection === undefined) throw new Error(`There is no machine ${machine}`);
    const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    return exec("ssh", [...this.sshArgs(machine, connection), `sudo ${line}`]);
  }

  /** The machine that has the files. */
  get storage(): string {
    return this.machines.includes("storage") ? "storage" : "hub";
  }

  /** Runs words in a service's container. */
  async inService(service: keyof Outputs["services"], words: readonly string[]): Promise<string> {
    const filter = `label=com.docker.swarm.service.name=${this.outputs.services[service]}`;
    const machine = ["homes", "backup"].includes(service) ? this.storage : "hub";
    const ids = await this.on(machine, ["docker", "ps", "--quiet", "--filter", filter]);
    const [id = ""] = ids.split("\n");
    if (id === "") throw new Error(`${service} has no running container`);
    return this.on(machine, ["docker", "exec", id, ...words]);
  }

  /** The node that a student's server is on, and its container there. */
  async serverOf(name: string): Promise<{ readonly node: string; readonly container: string }> {
    const filter = ["--filter", `label=semesterhub.student=${name}`];
    for (const node of this.nodes) {
      const found = await this.on(node, ["docker", "ps", "--quiet", ...filter]);
      if (found !== "") return { node, container: found.split("\n")[0] ?? "" };
    }
    throw new Error(`${name}'s server is on no node`);
  }

  /** Says whether a node gets new servers. */
  async availability(node: string, is: "active" | "pause"): Promise<void> {
    const filter = ["--filter", `node.label=semesterhub.node=${node}`];
    const id = await this.on("hub", ["docker", "node", "ls", "--quiet", ...filter]);
    await this.on("hub", ["docker", "node", "update", "--availability", is, id]);
  }

  private sshArgs(machine: string, connection: Connection): string[] {
    const known = (name: string, { host, hostKey }: Connection) =>
      this.keep(`known-${name}`, `${host} ${hostKey}\n`);
    const options = (name: string, of: Connection) => [
      ...["-i", this.keep(`key-${name}`, of.privateKey), "-o", "IdentitiesOnly=yes"],
      ...["-o", `UserKnownHostsFile=${known(name, of)}`, "-o", "GlobalKnownHostsFile=/dev/null"],
      ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-o", "LogLevel=ERROR"],
    ];
    const { proxy } = connection;
    const through =
      proxy === undefined
        ? []
        : [
            "-o",
            `ProxyCommand=ssh ${options("bastion", proxy).join(" ")} -W %h:%p ${proxy.user}@${proxy.host}`,
          ];
    return [...options(machine, connection), ...through, `${connection.user}@${connection.host}`];
  }

  private keep(file: string, text: string): string {
    const path = join(this.folder, file);
    writeFileSync(path, text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
    return path;
  }
}

/** One of the operator's commands on a stack; fails if that does. */
export async function command(script: string, stack: string, ...args: string[]): Promise<Done> {
  return must(process.execPath, [`scripts/${script}.mjs`, "--stack", stack, ...args], {
    show: process.env["SHOW"] !== undefined,
  });
}

/** How each machine is reached: as the steps that prepared it did. */
function connectionsOf(resources: readonly StateResource[]): ReadonlyMap<string, Connection> {
  const found = new Map<string, Connection>();
  for (const { urn, type, inputs } of resources) {
    const name = urn.split("::").at(-1) ?? "";
    const machine = /^(?:nodes-)?(.+)-engine$/.exec(name)?.[1];
    if (type !== "command:remote:Command" || machine === undefined) continue;
    found.set(machine, plain(inputs?.["connection"]) as Connection);
  }
  return found;
}

/** A value of the state, in which each secret is JSON in JSON, also one that is inside of another. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { plaintext } = value as { plaintext?: string };
  if (plaintext !== undefined) return plain(JSON.parse(plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
