// @ts-check
// The Docker engine of a machine, asked through Docker's API. The operator's certificate, which is root on
// a machine, stays in this process's memory.
import { Readable } from "node:stream";
import Dockerode from "dockerode";
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { gather, give } from "./streams.mjs";

/** An answer comes soon or, where the network loses it, never. */
const patienceMs = 20_000;

/**
 * @typedef {object} Material what lets an operator in, PEM
 * @property {string} ca
 * @property {string} cert
 * @property {string} key
 *
 * @typedef {object} Ran a command in a container
 * @property {number} code
 * @property {string} stdout
 * @property {string} stderr
 *
 * @typedef {object} EngineInfo
 * @property {string} [ServerVersion]
 * @property {number} [NCPU]
 * @property {string} [DockerRootDir]
 * @property {string} [OSType]
 * @property {{ NodeID?: string, LocalNodeState?: string, ControlAvailable?: boolean }} [Swarm]
 *
 * @typedef {object} SwarmNode as a Swarm's manager lists it
 * @property {string} [ID]
 * @property {{ Availability?: string, Labels?: Record<string, string> }} [Spec]
 * @property {{ State?: string }} [Status]
 * @property {object} [ManagerStatus]
 *
 * @typedef {object} ExecOptions
 * @property {string} [user]
 * @property {string} [input] standard input
 * @property {AbortSignal} [until] standard input does not end before this
 * @property {number} [seconds] how long it may take; default 20; Infinity: as long as it likes
 * @property {NodeJS.WritableStream} [show] where its output goes as it comes
 */

export class Engine {
  /**
   * @param {string} machine its name
   * @param {import("./reach.mjs").RemoteEngine} [remote] where it is; absent: this computer's
   * @param {Material} [material] absent: as the docker command finds this computer's
   */
  constructor(machine, remote, material) {
    this.machine = machine;
    this.remote = remote;
    const protocol = /** @type {const} */ ("https");
    const place = remote && { host: remote.host, port: remote.port, protocol, ...material };
    /** For what answers at once. */
    this.docker = new Dockerode({ ...place, timeout: patienceMs });
    /** For what goes on: logs, events, commands. */
    this.patient = new Dockerode(place);
  }

  /** Where it is, at the end of what fails if it fails. */
  get place() {
    return this.remote === undefined ? "" : ` on ${this.machine}`;
  }

  /**
   * @template T
   * @param {string} doing what fails if it fails
   * @param {(docker: Dockerode) => Promise<T>} work
   */
  async attempt(doing, work) {
    try {
      return await work(this.docker);
    } catch (error) {
      throw new Failure(`${doing}${this.place} failed: ${reasonOf(error)}`);
    }
  }

  /** Who it is, as far as the commands ask. @returns {Promise<EngineInfo>} */
  async info() {
    /** @type {unknown} */
    const info = await this.docker.info();
    return /** @type {EngineInfo} */ (info);
  }

  /** The members of its Swarm; none where it manages none. @returns {Promise<SwarmNode[]>} */
  async nodes() {
    /** @type {unknown} */
    const nodes = await this.docker.listNodes().catch(() => []);
    return /** @type {SwarmNode[]} */ (nodes);
  }

  /**
   * @param {Record<string, string[]>} filters as `docker ps --filter` knows them
   * @param {{ all?: boolean }} [options] all: those that have ended too
   */
  containers(filters, { all = false } = {}) {
    return this.attempt("Listing containers", (docker) =>
      docker.listContainers({ all, filters: JSON.stringify(filters) }),
    );
  }

  /** Ids of the containers that run a service on this machine. @param {string} service */
  async containersOf(service) {
    const label = [`com.docker.swarm.service.name=${service}`];
    return (await this.containers({ label })).map(({ Id }) => Id);
  }

  /** The one container of a service that a command can enter. @param {string} service */
  async containerOf(service) {
    const [container] = await this.containersOf(service);
    if (container !== undefined) return container;
    throw new Failure(`${service} does not run${this.place === "" ? " here" : this.place}.`, {
      fix: "npm run status shows why, and what does run.",
    });
  }

  /**
   * Runs a command in a container. Look at `code` for how it went.
   * @param {string} container
   * @param {readonly string[]} command
   * @param {ExecOptions} [options]
   * @returns {Promise<Ran>}
   */
  async exec(container, command, { user, input, until, seconds = 20, show } = {}) {
    const exec = await this.patient.getContainer(container).exec({
      Cmd: [...command],
      AttachStdin: input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      ...(user === undefined ? {} : { User: user }),
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const late = () => stream.destroy(new Error(`no answer within ${String(seconds)} s`));
    const timer = Number.isFinite(seconds) ? setTimeout(late, seconds * 1000) : undefined;
    try {
      if (input !== undefined) give(stream, input, until);
      const [stdout = "", stderr = ""] = await gather(this.patient, stream, show);
      const { ExitCode: code } = await exec.inspect();
      return { code: code ?? 1, stdout, stderr };
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Runs a command in a container, which must succeed, and gives what it prints.
   * @param {string} container
   * @param {readonly string[]} command
   * @param {string} doing what fails if it fails
   * @param {ExecOptions} [options]
   */
  async must(container, command, doing, options = {}) {
    const { code, stdout, stderr } = await this.attempt(doing, () =>
      this.exec(container, command, options),
    );
    if (code === 0) return stdout;
    const said = stderr.trim() || stdout.trim();
    throw new Failure(
      `${doing}${this.place} failed (${command[0] ?? ""} ended with ${String(code)}):\n  ${said}`,
    );
  }

  /**
   * Runs a command in a container and reads the JSON that it prints.
   * @param {string} container
   * @param {readonly string[]} command
   * @returns {Promise<unknown>} undefined when the command fails or prints something else
   */
  async json(container, command) {
    try {
      const { code, stdout } = await this.exec(container, command);
      return code === 0 ? parseJson(stdout) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The newest error of a service's tasks, in Swarm's words. @param {string} service */
  async taskError(service) {
    /** @type {{ UpdatedAt?: string, Status?: { Err?: string } }[]} */
    const tasks = await this.docker.listTasks({ filters: { service: [service] } }).catch(() => []);
    return tasks
      .sort((a, b) => (b.UpdatedAt ?? "").localeCompare(a.UpdatedAt ?? ""))
      .map((task) => task.Status?.Err ?? "")
      .find((error) => error !== "");
  }

  /**
   * What a container wrote.
   * @param {string} container
   * @param {number} lines only so many, the last
   */
  async logs(container, lines) {
    const options = { stdout: true, stderr: true, tail: lines };
    const text = await this.docker.getContainer(container).logs(options);
    return (await gather(this.docker, Readable.from([text]))).join("");
  }
}

/** What Docker or the network said, in a line. @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof Failure) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { json } = /** @type {{ json?: { message?: string } }} */ (error);
  return json?.message ?? error.message;
}

/** Whether Docker's answer is that there is no such thing. @param {unknown} error */
export function isMissing(error) {
  return error instanceof Error && "statusCode" in error && error.statusCode === 404;
}
