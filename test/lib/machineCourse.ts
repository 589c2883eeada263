import { join } from "node:path";
import { HubUser } from "./hubUser";
import { must, root, tryOperator, type Done, type Outputs } from "./semester";
import { until } from "./until";

/** The stack of the bed that test/machines.mjs made. */
export const bedStack = process.env["SEMESTERHUB_BED"] ?? "selfbed";

const password = "correct horse battery";

/** One of the operator's commands on that stack, which has to succeed. */
export function operate(script: string, ...args: string[]): Promise<Done> {
  return operateOn(bedStack, script, ...args);
}

/** The same on another stack. */
export async function operateOn(stack: string, script: string, ...args: string[]): Promise<Done> {
  const done = await tryOperator(stack, script, ...args);
  if (done.code === 0) return done;
  throw new Error(`${script}: exit ${done.code}\n${done.stdout}\n${done.stderr}`);
}

/** Whether the images come from a registry on this computer. */
export const takesImages = process.env["SEMESTERHUB_BED_REGISTRY"] !== undefined;

/** Whether the files have a machine of their own. */
export const storageApart = process.env["SEMESTERHUB_BED_STORAGE"] !== undefined;

/** The machine that has the files. */
export const storageMachine = storageApart ? "storage" : "hub";

/** Services that run where the files are. */
const atFiles: readonly string[] = ["homes", "backup"];

/** Runs test/bed.mjs. */
async function bed(...words: string[]): Promise<void> {
  const shape = [...(takesImages ? ["--registry"] : []), ...(storageApart ? ["--storage"] : [])];
  const all = [...words, "--stack", bedStack, ...shape];
  await must(process.execPath, [join(root, "test", "bed.mjs"), ...all]);
}

/** The course on the machines of the bed. */
export class MachineCourse {
  private constructor(
    readonly stack: string,
    readonly outputs: Outputs,
  ) {}

  static async current(stack = bedStack): Promise<MachineCourse> {
    const { stdout } = await operateOn(stack, "outputs", "--json", "--show-secrets");
    return new MachineCourse(stack, JSON.parse(stdout) as Outputs);
  }

  /** Makes the bed's configuration name so many nodes. */
  static async configure(nodes: number): Promise<void> {
    await bed("up", "--nodes", "2", "--configured", String(nodes));
  }

  /** Writes the configuration of a second semester at that slot, on the machines of one node. */
  static async configureBeside(slot: number): Promise<void> {
    await bed("beside", "--configured", "1", "--slot", String(slot));
  }

  /** Logs somebody in whom the hub knows; nothing where it doesn't. */
  async knows(name: string): Promise<HubUser | undefined> {
    const user = this.visitor(name);
    return (await user.logIn()) ? user : undefined;
  }

  /** Signs somebody of the roster up, if need be, and logs them in. */
  async logIn(name: string): Promise<HubUser> {
    const user = this.visitor(name);
    if (await user.logIn()) return user;
    await user.session.ask("/hub/signup");
    const form = new URLSearchParams({
      username: name,
      signup_password: password,
      signup_password_confirmation: password,
      _xsrf: user.session.cookie("_xsrf", "/hub/") ?? "",
    });
    await user.session.ask("/hub/signup", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
    const hub = await this.service("hub");
    await onMachine("hub", "docker", "exec", hub, "semesterhub-admin", "approve", name);
    if (!(await user.logIn())) throw new Error(`${name} was approved and is not let in`);
    return user;
  }

  /** Somebody at the login page. */
  visitor(name: string): HubUser {
    return new HubUser(this.outputs.url, this.outputs.certificateAuthority, name, password);
  }

  /** The running container of one of the course's services. */
  async service(part: keyof Outputs["services"]): Promise<string> {
    const filter = `label=com.docker.swarm.service.name=${this.outputs.services[part]}`;
    return until(`${part}'s container`, async () => {
      const machine = atFiles.includes(part) ? storageMachine : "hub";
      const ids = await onMachine(machine, "docker", "ps", "--quiet", "--filter", filter);
      const [first = ""] = ids.split("\n");
      return first === "" ? undefined : first;
    });
  }

  /** A student's container and the machine it is on, if there is one. */
  async server(student: string): Promise<{ machine: string; id: string } | undefined> {
    for (const machine of ["node-1", "node-2", "hub"]) {
      const labels = [`stack=${this.stack}`, `student=${student}`];
      const filters = labels.flatMap((label) => ["--filter", `label=semesterhub.${label}`]);
      const ids = await onMachine(machine, "docker", "ps", "--quiet", ...filters).catch(
        () => "", // no engine there
      );
      const id = ids.split("\n")[0];
      if (id) return { machine, id };
    }
    return undefined;
  }
}

/** The container that is a machine. */
export const containerOf = (machine: string): string => `semesterhub-bed-${bedStack}-${machine}`;

/** Runs a command on a machine; answers what it printed. */
export async function onMachine(machine: string, ...words: string[]): Promise<string> {
  return (await must("docker", ["exec", containerOf(machine), ...words])).stdout.trim();
}

/** A machine's address on the network that they share. */
export async function addressOf(machine: string): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const { stdout } = await must("docker", ["inspect", "--format", format, containerOf(machine)]);
  return stdout.trim();
}

/** Every resource of the stack, with all that decides whether it changes. */
export async function resources(): Promise<ReadonlyMap<string, string>> {
  // Encrypted anew at every export, secrets would never be what they were.
  const words = ["scripts/pulumi.mjs", "stack", "export", "--show-secrets"];
  const { stdout } = await must(process.execPath, words, {
    env: { SEMESTERHUB_STACK: bedStack },
  });
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; id?: string; inputs?: object }[] };
  };
  return new Map(
    deployment.resources.map(({ urn, id, inputs }) => [urn, JSON.stringify({ id, inputs })]),
  );
}

/** Says something in the test's output, as it is. */
export function say(line: string): void {
  process.stdout.write(`    ${line}\n`);
}
