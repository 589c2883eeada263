// @ts-check
// What the commands ask of the Docker engine, through its CLI.
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { must, run } from "../command/run.mjs";

/** An engine that is stuck answers nothing; the commands say so instead of waiting with it. */
const patienceSeconds = 60;

/**
 * Runs docker; look at `code` for how it went.
 * @param {readonly string[]} args
 * @param {import("../command/run.mjs").RunOptions} [options]
 */
export function docker(args, options = {}) {
  return run("docker", args, { seconds: patienceSeconds, ...options });
}

/**
 * Runs docker and gives what it prints, as lines without the empty ones.
 * @param {readonly string[]} args
 * @param {string} doing what fails if it fails
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function dockerLines(args, doing, env = process.env) {
  const text = await must("docker", args, { doing, env, seconds: patienceSeconds });
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Answers over the network may be lost; one that comes at all comes soon. */
const remotePatienceSeconds = 20;

/** The Docker engine of a machine, as the commands use it. */
export class Engine {
  /**
   * @param {string} machine its name
   * @param {import("./reach.mjs").RemoteEngine} [remote] where it is; absent: this computer's
   * @param {NodeJS.ProcessEnv} [env] what the docker command knows of it
   */
  constructor(machine, remote, env = process.env) {
    this.machine = machine;
    this.remote = remote;
    this.env = env;
  }

  /** Where it is, at the end of what fails if it fails. */
  get place() {
    return this.remote === undefined ? "" : ` on ${this.machine}`;
  }

  /**
   * Runs docker; look at `code` for how it went.
   * @param {readonly string[]} args
   * @param {import("../command/run.mjs").RunOptions} [options]
   */
  run(args, options = {}) {
    const patience = this.remote === undefined ? {} : { seconds: remotePatienceSeconds };
    return docker(args, { env: this.env, ...patience, ...options });
  }

  /**
   * Runs docker and gives what it prints, as lines without the empty ones.
   * @param {readonly string[]} args
   * @param {string} doing what fails if it fails
   */
  async lines(args, doing) {
    return dockerLines(args, `${doing}${this.place}`, this.env);
  }

  /**
   * Runs docker, which must succeed.
   * @param {readonly string[]} args
   * @param {string} doing what fails if it fails
   */
  must(args, doing) {
    return must("docker", args, { doing: `${doing}${this.place}`, env: this.env });
  }

  /**
   * Ids of the containers that run a service on this machine.
   * @param {string} service
   */
  containersOf(service) {
    return this.lines(
      ["ps", "--quiet", "--filter", `label=com.docker.swarm.service.name=${service}`],
      `Looking for the container of ${service}`,
    );
  }

  /**
   * The one container of a service that a command can enter.
   * @param {string} service
   */
  async containerOf(service) {
    const [container] = await this.containersOf(service);
    if (container === undefined) {
      throw new Failure(`${service} does not run${this.place === "" ? " here" : this.place}.`, {
        fix: "npm run status shows why, and what does run.",
      });
    }
    return container;
  }

  /**
   * Runs a command in a container and reads the JSON that it prints.
   * @param {string} container
   * @param {readonly string[]} command
   * @returns {Promise<unknown>} undefined when the command fails or prints something else
   */
  async json(container, command) {
    const { code, stdout } = await this.run(["exec", container, ...command], { seconds: 20 });
    if (code !== 0) return undefined;
    try {
      return parseJson(stdout);
    } catch {
      return undefined;
    }
  }

  /**
   * Runs a command that prints JSON in a service's container.
   * @param {string} service
   * @param {readonly string[]} command
   * @returns {Promise<unknown>} undefined when the service does not run or does not answer
   */
  async ask(service, command) {
    const [container] = await this.containersOf(service).catch(() => []);
    return container === undefined ? undefined : this.json(container, command);
  }
}

/** Kinds of things that a stack has on an engine, each with how it is listed and removed. */
const kinds = [
  { kind: "service", list: ["service", "ls"], remove: ["service", "rm"] },
  { kind: "container", list: ["ps", "--all"], remove: ["rm", "--force"] },
  { kind: "secret", list: ["secret", "ls"], remove: ["secret", "rm"] },
  { kind: "config", list: ["config", "ls"], remove: ["config", "rm"] },
  { kind: "network", list: ["network", "ls"], remove: ["network", "rm"] },
];

/**
 * @typedef {object} Leftover
 * @property {string} kind
 * @property {string} name
 * @property {readonly string[]} remove the docker command that removes it
 */

/**
 * Everything of a stack that is on this engine, in the order in which it can be removed. Found by
 * the stack's label; images and data are not looked at.
 * @param {string} stack
 * @returns {Promise<Leftover[]>}
 */
export async function objectsOf(stack) {
  /** @type {Leftover[]} */
  const found = [];
  for (const { kind, list, remove } of kinds) {
    const name = kind === "container" ? "{{.Names}}" : "{{.Name}}";
    const { code, stdout } = await docker([
      ...list,
      "--filter",
      `label=semesterhub.stack=${stack}`,
      "--format",
      name,
    ]);
    // Services, secrets and configs can't be listed on an engine that left its Swarm: it has none.
    if (code !== 0) continue;
    for (const line of stdout.split("\n")) {
      // A service's containers go with it.
      if (line.trim() !== "") found.push({ kind, name: line.trim(), remove });
    }
  }
  return found;
}

/**
 * Removes what is left of a stack; gives what could not be removed.
 * @param {Leftover[]} leftovers
 */
export async function removeAll(leftovers) {
  const stuck = [];
  for (const leftover of leftovers) {
    const { code, stderr } = await docker([...leftover.remove, leftover.name]);
    if (code !== 0 && !/no such|not found/i.test(stderr)) stuck.push(leftover);
  }
  return stuck;
}
