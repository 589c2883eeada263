import { spawn } from "node:child_process";
import { join } from "node:path";
import { HubUser } from "./hubUser";

/** The repository. */
export const root = join(__dirname, "..", "..");

/**
 * The stack that the deploy and browser tests make. Another one, with a Pulumi.<stack>.yaml of its own,
 * lets several working copies test on one engine at the same time.
 */
export const testStack = process.env["SEMESTERHUB_TEST_STACK"] ?? "selftest";

/** What a command did. */
export interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs a command without a shell; its output goes to the test's log too when `show` is set. */
export async function exec(
  file: string,
  args: readonly string[],
  options: {
    input?: string;
    show?: boolean;
    env?: Record<string, string>;
    killAfterMs?: number;
  } = {},
): Promise<Done> {
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own, so that an interruption reaches all of it, as Ctrl-C would.
      detached: options.killAfterMs !== undefined,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (options.show === true) process.stdout.write(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (options.show === true) process.stderr.write(chunk);
    });
    const killer =
      options.killAfterMs === undefined
        ? undefined
        : setTimeout(() => {
            if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
          }, options.killAfterMs);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(killer);
      resolve({ code: code ?? -1, stdout, stderr, seconds: (Date.now() - started) / 1000 });
    });
    // One that ends without reading what it was given says in its exit code how that went.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** Like exec, and an error with the command's output when it fails. */
export async function must(
  file: string,
  args: readonly string[],
  options: { input?: string; show?: boolean; env?: Record<string, string> } = {},
): Promise<Done> {
  const done = await exec(file, args, options);
  if (done.code !== 0) {
    const all = `${done.stdout}\n${done.stderr}`;
    // First what went wrong: who reads a long log may see only its beginning.
    const wrong = all.split("\n").filter((line) => /✗|\berror\b|\bfailed\b/i.test(line));
    const summary = wrong.slice(0, 12).join("\n");
    throw new Error(`${file} ${args.join(" ")}: exit ${done.code}\n${summary}\n---\n${all}`);
  }
  return done;
}

/** One of the operator's commands on a stack; it may fail. */
export async function tryOperator(stack: string, script: string, ...args: string[]): Promise<Done> {
  return exec(process.execPath, [`scripts/${script}.mjs`, "--stack", stack, ...args], {
    show: process.env["SHOW"] !== undefined,
  });
}

/** One of the operator's commands on the test stack. */
export async function operator(script: string, ...args: string[]): Promise<Done> {
  const done = await tryOperator(testStack, script, ...args);
  if (done.code === 0) return done;
  throw new Error(`${script}: exit ${done.code}\n${done.stdout}\n${done.stderr}`);
}

/** What the program tells of a stack (index.ts's exports). */
export interface Outputs {
  readonly url: string;
  readonly password: string;
  readonly services: Record<"hub" | "chp" | "homes" | "cull" | "backup", string>;
  readonly containers: Record<"proxy" | "firewall", string>;
  readonly storage: { readonly path: string; readonly backups: string };
  readonly certificateAuthority: string;
}

/** The running test semester. */
export class Semester {
  private constructor(readonly outputs: Outputs) {}

  /** Brings the test stack up, which is quick when it is, and reads its outputs. */
  static async up(): Promise<Semester> {
    await operator("up", "--yes");
    return Semester.current();
  }

  static async current(): Promise<Semester> {
    const { stdout } = await operator("outputs", "--json", "--show-secrets");
    return new Semester(JSON.parse(stdout) as Outputs);
  }

  user(name: string): HubUser {
    const { url, certificateAuthority, password } = this.outputs;
    return new HubUser(url, certificateAuthority, name, password);
  }

  /** The id of a service's running container. */
  async container(service: string): Promise<string> {
    const { stdout } = await must("docker", [
      "ps",
      "--quiet",
      "--filter",
      `label=com.docker.swarm.service.name=${service}`,
    ]);
    const id = stdout.split("\n")[0] ?? "";
    if (id === "") throw new Error(`${service} has no running container`);
    return id;
  }

  /** The id of a student's running container. */
  async studentContainer(name: string): Promise<string> {
    const { stdout } = await must("docker", [
      "ps",
      "--quiet",
      "--filter",
      `label=semesterhub.stack=${testStack}`,
      "--filter",
      `label=semesterhub.student=${name}`,
    ]);
    const ids = stdout.trim().split("\n");
    if (ids.length !== 1 || ids[0] === "") throw new Error(`containers of ${name}: ${stdout}`);
    return ids[0] ?? "";
  }

  /** The "uid:gid" that a student's server runs as. */
  async studentUser(name: string): Promise<string> {
    const id = await this.studentContainer(name);
    const { stdout } = await must("docker", ["inspect", "--format", "{{.Config.User}}", id]);
    return stdout.trim();
  }

  readonly courseNetwork = `semesterhub-${testStack}-course`;
  readonly controlNetwork = `semesterhub-${testStack}-control`;

  /** The port that browsers use. */
  get port(): number {
    return Number(new URL(this.outputs.url).port);
  }
}
