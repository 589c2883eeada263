// @ts-check
// The Docker engines of a semester: this computer's, or those of its machines, which are reached as
// Pulumi reaches them, with the operator's certificate.
import { Engine } from "./engine.mjs";
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { prefixOf } from "../command/paths.mjs";
import { enginesOf } from "./reach.mjs";
import { existingStack } from "../pulumi/stack.mjs";
import { platformOf } from "../pulumi/stackFile.mjs";
import { plainText } from "../pulumi/state.mjs";

/** Services that run where the files are. */
const atFiles = ["homes", "grading", "intake", "statistics", "database", "backup", "alerts"];

/** The engines of one semester, by what their machines are for. */
export class Engines {
  /**
   * @param {string} stack
   * @param {Engine | undefined} proxy
   * @param {Engine | undefined} hub
   * @param {readonly Engine[]} nodes
   * @param {Engine | undefined} [storage] of a machine of its own for the files
   */
  constructor(stack, proxy, hub, nodes, storage = hub) {
    this.stack = stack;
    this.nodes = nodes;
    this.known = { proxy, hub, storage };
    /** Each once. @type {readonly Engine[]} */
    this.all = [...new Set([proxy, hub, storage, ...nodes])].filter(
      (engine) => engine !== undefined,
    );
  }

  /** Whether the course has machines beside the hub's. */
  get several() {
    return this.all.length > 1;
  }

  get proxy() {
    return this.known.proxy ?? this.missing("proxy");
  }

  get hub() {
    return this.known.hub ?? this.missing("hub");
  }

  /** Of the machine that keeps the files and backs them up. */
  get storage() {
    return this.known.storage ?? this.missing("storage");
  }

  /** Those that run students' servers. */
  get students() {
    const { hub } = this.known;
    return this.nodes.length > 0 || hub === undefined ? this.nodes : [hub];
  }

  /** The one that a service runs on, where it is known. @param {string} service */
  of(service) {
    return this.known[atFiles.includes(service) ? "storage" : "hub"];
  }

  /**
   * Runs a command in a service's container. Look at `code` for how it went.
   * @param {string} service
   * @param {readonly string[]} command
   * @param {import("./engine.mjs").ExecOptions} [options]
   */
  async exec(service, command, options) {
    const { engine, id } = await this.containerOf(service);
    return engine.exec(id, command, options);
  }

  /**
   * Runs a command in a service's container, which must succeed, and gives what it prints.
   * @param {string} service
   * @param {readonly string[]} command
   * @param {string} doing what fails if it fails
   * @param {import("./engine.mjs").ExecOptions} [options]
   */
  async must(service, command, doing, options) {
    const { engine, id } = await this.containerOf(service);
    return engine.must(id, command, doing, options);
  }

  /**
   * Hands a tool in a service's container a request on standard input and reads its answer, both JSON.
   * @param {string} service
   * @param {readonly string[]} command
   * @param {unknown} request
   */
  async request(service, command, request) {
    const options = { input: JSON.stringify(request), seconds: 600 };
    const { code, stdout, stderr } = await this.exec(service, command, options);
    if (code === 0) return parseJson(stdout);
    const said = stderr.trim();
    // What the tool refuses it explains itself; the course's state has no part in it.
    if (said !== "") throw new Failure(said);
    throw new Failure(`The service ${service} does not answer.`, {
      fix: "npm run status shows whether the course runs.",
    });
  }

  /**
   * Runs a command that prints JSON in a service's container.
   * @param {string} service
   * @param {readonly string[]} command
   * @returns {Promise<unknown>} undefined when the service does not run or does not answer
   */
  async ask(service, command) {
    const found = await this.containerOf(service).catch(() => undefined);
    return found?.engine.json(found.id, command);
  }

  /** The container of a service that a command can enter. @param {string} service */
  async containerOf(service) {
    const engine = atFiles.includes(service) ? this.storage : this.hub;
    return { engine, id: await engine.containerOf(`${prefixOf(this.stack)}-${service}`) };
  }

  /** @param {string} machine @returns {never} */
  missing(machine) {
    throw new Failure(`The ${machine}'s machine of ${this.stack} has no Docker engine yet.`, {
      fix: `npm run up -- --stack ${this.stack} goes on preparing it.`,
    });
  }
}

/**
 * The engines of a semester.
 * @param {string} name of the stack
 * @returns {Promise<Engines>}
 */
export async function openEngines(name) {
  if (platformOf(name) === "local") {
    const here = new Engine("this computer");
    return new Engines(name, here, here, []);
  }
  const stack = await existingStack(name);
  const { resources = [] } = await stack.deployment();
  return enginesFrom(name, resources);
}

/**
 * The engines that a state knows.
 * @param {string} name of the stack
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources with their secrets
 */
export function enginesFrom(name, resources) {
  const remotes = enginesOf(resources);
  const [first] = remotes;
  const provider = resources.find(({ urn }) => urn === first?.urn);
  if (provider === undefined) return new Engines(name, undefined, undefined, []);
  /** @param {string} input */
  const pem = (input) => plainText(provider.inputs?.[input]);
  const material = { ca: pem("caMaterial"), cert: pem("certMaterial"), key: pem("keyMaterial") };
  const engines = remotes.map((remote) => ({
    role: remote.role,
    engine: new Engine(remote.machine, remote, material),
  }));
  /** @param {import("./reach.mjs").RemoteEngine["role"]} role */
  const of = (role) => engines.find((one) => one.role === role)?.engine;
  const nodes = engines
    .flatMap(({ role, engine }) => (role === "node" ? [engine] : []))
    .sort((a, b) => a.machine.localeCompare(b.machine, undefined, { numeric: true }));
  return new Engines(name, of("proxy"), of("hub"), nodes, of("storage"));
}
