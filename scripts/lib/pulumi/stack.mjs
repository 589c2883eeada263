// @ts-check
// One stack, and Pulumi's Automation API that works on it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, messageOf } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { paths, prefixOf, project, root } from "../command/paths.mjs";
import { interruptible } from "../command/signals.mjs";
import { LocalWorkspace, PulumiCommand, Stack as PulumiStack } from "./automation.mjs";
import { cliEnvironment, ensurePassphrase, findLogin, ownStackExists } from "./backend.mjs";
import { Narrator } from "./narrator.mjs";
import { platformOf, readStackFile, withSalt } from "./stackFile.mjs";
import { watcherVariable } from "./processes.mjs";
import { ensureTools } from "./tools.mjs";

/**
 * @typedef {Awaited<ReturnType<typeof ensureTools>>} Tools
 * @typedef {import("@pulumi/pulumi/automation/index.js").LocalWorkspace} Workspace
 * @typedef {import("@pulumi/pulumi/automation/index.js").UpOptions} UpOptions
 * @typedef {import("@pulumi/pulumi/automation/index.js").DestroyOptions} DestroyOptions
 * @typedef {import("@pulumi/pulumi/automation/index.js").RefreshOptions} RefreshOptions
 * @typedef {UpOptions & DestroyOptions & RefreshOptions} RunOptions
 * @typedef {"up" | "preview" | "refresh" | "destroy"} Operation
 *
 * @typedef {object} Outcome
 * @property {number} changes how many resources changed, or would
 * @property {unknown} [error] why it failed
 * @property {boolean} interrupted
 */

const quietMs = 2000;

const onInterrupt =
  "Stopping in order: what is being made right now is finished first. The next run goes on from there.\n" +
  "(Ctrl-C once more stops at once; that is safe too, the next run looks at what is there.)";

const titles = { up: "Deploying", preview: "Comparing", refresh: "Looking", destroy: "Removing" };

/** A stack of this project, with everything that the CLI needs to know to work on it. */
export class Stack {
  /**
   * @param {string} name
   * @param {Tools} tools
   * @param {import("./backend.mjs").Login} login
   * @param {Workspace} workspace
   */
  constructor(name, tools, login, workspace) {
    this.name = name;
    this.tools = tools;
    this.login = login;
    this.workspace = workspace;
  }

  /** @param {string} name @param {Tools} tools */
  static async of(name, tools) {
    const login = findLogin(process.env);
    const envVars = cliEnvironment(tools.env, login);
    const pulumiCommand = await PulumiCommand.get({
      skipVersionCheck: true,
      ...(tools.kind === "offline" && { root: join(tools.pulumi, "..", "..") }),
    });
    const options = {
      workDir: root,
      pulumiCommand,
      envVars: { ...envVars, [watcherVariable]: String(process.pid) },
    };
    return new Stack(name, tools, login, await LocalWorkspace.create(options));
  }

  /**
   * Makes the stack if it is not there, and the passphrase and salt that its secrets need.
   * @returns {Promise<boolean>} whether it was made now
   */
  async open() {
    if (this.login.own) return this.openOwn();
    const listed = await this.attempt("Listing the stacks", () => this.workspace.listStacks());
    if (listed.some(({ name }) => name === this.name || name.endsWith(`/${this.name}`)))
      return false;
    await this.attempt(`Making the stack ${this.name}`, () =>
      this.workspace.createStack(this.name),
    );
    return true;
  }

  async openOwn() {
    mkdirSync(paths.state, { recursive: true, mode: 0o700 });
    ensurePassphrase();
    const exists = ownStackExists(this.name);
    if (exists && existsSync(this.saltFile)) return false;
    // Made in a folder of its own, because the CLI writes the salt of its encryption into the
    // Pulumi.<stack>.yaml beside the project, which is under version control.
    mkdirSync(paths.stacks, { recursive: true, mode: 0o700 });
    writeFileSync(join(paths.stacks, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    const words = exists
      ? ["stack", "change-secrets-provider", "passphrase", "--stack", this.name]
      : ["stack", "init", this.name];
    await this.must([...words, "--cwd", paths.stacks], `Making the stack ${this.name}`);
    return !exists;
  }

  get saltFile() {
    return join(paths.stacks, `Pulumi.${this.name}.yaml`);
  }

  /**
   * The file with the configuration for Pulumi. With state of our own that is a copy with the salt in
   * it, so that Pulumi.<stack>.yaml stays as it is in git; unless it has secrets of its own, and thus
   * a salt.
   * @returns {string | undefined} absent where it is Pulumi.<stack>.yaml itself
   */
  get configFile() {
    if (!this.login.own) return undefined;
    const copy = withSalt(readStackFile(this.name), readFileSync(this.saltFile, "utf8"));
    if (copy === undefined) return undefined;
    const file = join(paths.stacks, `${this.name}.with-salt.yaml`);
    writeFileSync(file, copy, { mode: 0o600 });
    return file;
  }

  /** The same as options of a CLI command. */
  configArgs() {
    const { configFile } = this;
    return configFile === undefined ? [] : ["--config-file", configFile];
  }

  /**
   * @template T
   * @param {string} doing what fails if it fails
   * @param {() => Promise<T>} work
   */
  async attempt(doing, work) {
    try {
      return await work();
    } catch (error) {
      throw new Failure(`${doing} failed:\n  ${reasonOf(error)}`);
    }
  }

  /**
   * Runs a command of the CLI, and gives what it prints.
   * @param {readonly string[]} words
   * @param {string} doing what fails if it fails
   */
  async must(words, doing) {
    /** @type {unknown} */
    const command = this.workspace.pulumiCommand;
    const { run } =
      /** @type {{ run: (words: string[], cwd: string, env: object) => Promise<{ stdout: string }> }} */ (
        command
      );
    const { envVars, workDir } = this.workspace;
    const { stdout } = await this.attempt(doing, () =>
      run.call(command, [...words], workDir, envVars),
    );
    return stdout;
  }

  /** The state, with its secrets. @returns {Promise<import("./state.mjs").Deployment>} */
  async deployment() {
    /** @type {{ deployment?: unknown }} */
    const exported = await this.attempt("Reading the state", () =>
      this.workspace.exportStack(this.name),
    );
    return /** @type {import("./state.mjs").Deployment | null} */ (exported.deployment) ?? {};
  }

  /**
   * What Pulumi hands to the program as its configuration.
   * @returns {Promise<Record<string, { value?: string, secret?: boolean }>>}
   */
  async config() {
    const words = ["config", "--json", "--show-secrets", "--stack", this.name];
    const said = await this.must([...words, ...this.configArgs()], "Reading the configuration");
    return /** @type {Record<string, { value?: string, secret?: boolean }>} */ (parseJson(said));
  }

  /**
   * Runs Pulumi, shows what it does, and says how it went.
   * @param {Operation} operation
   * @param {import("../command/progress.mjs").Progress} progress
   * @param {RunOptions} [options]
   * @returns {Promise<Outcome>}
   */
  async run(operation, progress, options = {}) {
    const stack = await this.attempt("Opening the stack", () =>
      PulumiStack.select(this.name, this.workspace),
    );
    const plan = operation === "preview";
    return progress.quietly(`${titles[operation]} ${prefixOf(this.name)}`, async (log) => {
      const write = (/** @type {string} */ line) => {
        progress.line(line);
      };
      const narrator = new Narrator(options.diff === true ? () => undefined : write, { plan });
      const { configFile } = this;
      const { interrupted, error } = await interruptible(onInterrupt, async (signal) => {
        await stack[operation]({
          ...options,
          ...(configFile === undefined ? {} : { configFile }),
          color: "never",
          suppressOutputs: true,
          ...(options.diff === true && { onOutput: write }),
          signal,
          onEvent: (event) => {
            narrator.hear(event);
            log(narrator.present());
          },
        });
      });
      const failed = error !== undefined || interrupted;
      // What is no event, as "no changes were expected", is told by the CLI alone.
      if (failed && !interrupted && narrator.errors === 0) progress.line(`  ✗ ${reasonOf(error)}`);
      return { changes: narrator.changes, interrupted, ...(failed ? { error } : {}) };
    });
  }
}

/** What the CLI printed as it failed. @param {unknown} error */
function reasonOf(error) {
  const text = messageOf(error);
  const said = text.split("\n").filter((line) => /^\s*error: /.test(line));
  return (said.length > 0 ? said : text.trim().split("\n").slice(-8)).join("\n  ");
}

/** The stack of a command that needs one that is there. @param {string} name */
export async function existingStack(name) {
  // Before the tools are made ready: on a fresh clone that takes minutes.
  if (findLogin(process.env).own && !ownStackExists(name)) {
    throw new Failure(`There is no semester called ${name} here yet.`, {
      fix: name === "dev" ? "npm run up makes it." : `npm run up -- --stack ${name} makes it.`,
    });
  }
  return openStack(name);
}

/** A stack, which is made if it is not there. @param {string} name */
export async function openStack(name) {
  const started = Date.now();
  const tools = await ensureTools({
    root,
    platform: platformOf(name),
    // Tools that are there are found at once; only making them is worth a word.
    log: (/** @type {string} */ note) => {
      if (Date.now() - started > quietMs) process.stderr.write(`${note}\n`);
    },
  });
  const stack = await Stack.of(name, tools);
  if (stack.login.own) await stack.openOwn();
  return stack;
}
