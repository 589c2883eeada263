// @ts-check
// One stack and the Pulumi CLI that works on it.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { findLogin } from "./login.mjs";
import { paths, project, root, working } from "../command/paths.mjs";
import { Narrator } from "./narrator.mjs";
import { canAsk } from "../command/prompt.mjs";
import { attach, must, run } from "../command/run.mjs";
import { platformOf } from "../config/settings.mjs";
import { watcherVariable } from "./state.mjs";
import { ensureTools } from "./tools.mjs";
import { readYaml, textAt } from "../config/yaml.mjs";

/**
 * The Pulumi CLI to use, as tools.mjs finds it.
 * @typedef {Awaited<ReturnType<typeof ensureTools>>} Tools
 */

const heartbeatMs = 20_000;
const quietMs = 2000;

/** What is said when somebody interrupts Pulumi. */
const onInterrupt =
  "Stopping in order: what is being made right now is finished first. The next run goes on from there.\n" +
  "(Ctrl-C once more stops at once; that is safe too, the next run looks at what is there.)";

/** A stack of this project, with everything that the CLI needs to know to work on it. */
export class Stack {
  /**
   * @param {string} name
   * @param {Tools} tools
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(name, tools, env = process.env) {
    this.name = name;
    this.tools = tools;
    this.login = findLogin(env);
    this.env = cliEnvironment({ ...env, ...tools.env }, this.login);
  }

  /** Where the state is, as the operator reads it. */
  get place() {
    return this.login.own ? paths.state : this.login.url;
  }

  /**
   * Makes the stack if it is not there, and the passphrase and salt that its secrets need.
   * @returns {Promise<boolean>} whether it was made now
   */
  async open() {
    if (this.login.own) return this.openOwn();
    const listed = await must(this.tools.pulumi, ["stack", "ls", "--json"], {
      env: this.env,
      cwd: root,
      doing: "Listing the stacks",
      fix: `The login is to ${this.login.url}: check it with pulumi whoami, or log out to keep the state here.`,
    });
    const names = /** @type {{ name: string }[]} */ (parseJson(listed)).map(({ name }) => name);
    if (names.some((name) => name === this.name || name.endsWith(`/${this.name}`))) return false;
    await this.must(["stack", "init", this.name], `Making the stack ${this.name}`);
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
    const command = exists
      ? ["stack", "change-secrets-provider", "passphrase", "--stack", this.name]
      : ["stack", "init", this.name];
    await must(this.tools.pulumi, [...command, "--non-interactive", "--cwd", paths.stacks], {
      env: this.env,
      doing: `Making the stack ${this.name}`,
    });
    return !exists;
  }

  get saltFile() {
    return join(paths.stacks, `Pulumi.${this.name}.yaml`);
  }

  /**
   * Options that hand the configuration to a Pulumi command. With state of our own that is a copy
   * with the salt in it, so that Pulumi.<stack>.yaml stays as it is in git; unless it has secrets
   * of its own, and thus a salt.
   * @returns {string[]}
   */
  configArgs() {
    if (!this.login.own) return [];
    const text = readFileSync(join(root, `Pulumi.${this.name}.yaml`), "utf8");
    const copy = withSalt(text, readFileSync(this.saltFile, "utf8"));
    if (copy === undefined) return [];
    const file = join(paths.stacks, `${this.name}.with-salt.yaml`);
    writeFileSync(file, copy, { mode: 0o600 });
    return ["--config-file", file];
  }

  /**
   * Runs the CLI on this stack and gathers what it prints.
   * @param {string[]} args
   * @param {import("../command/run.mjs").RunOptions} [options]
   */
  run(args, options = {}) {
    return run(this.tools.pulumi, [...args, ...this.stackArgs(args), "--non-interactive"], {
      env: this.env,
      cwd: root,
      ...options,
    });
  }

  /**
   * @param {string[]} args
   * @param {string} doing what fails if it fails
   */
  must(args, doing) {
    return must(this.tools.pulumi, [...args, ...this.stackArgs(args), "--non-interactive"], {
      env: this.env,
      cwd: root,
      doing,
    });
  }

  /**
   * Runs the CLI on this stack with this terminal as its own or, where there is none, with its
   * output told in short.
   * @param {string[]} args
   */
  async attach(args) {
    const words = [...args, ...this.stackArgs(args)];
    const options = {
      env: { ...this.env, [watcherVariable]: String(process.pid) },
      cwd: root,
      onInterrupt,
    };
    if (canAsk()) return attach(this.tools.pulumi, words, options);
    if (args.includes("--diff")) {
      return attach(this.tools.pulumi, [...words, "--non-interactive"], options);
    }
    return narrated((onLine) =>
      attach(this.tools.pulumi, [...words, "--non-interactive"], { ...options, onLine }),
    );
  }

  /** @param {string[]} args */
  stackArgs(args) {
    const named = args[0] === "stack" && args[1] === "init";
    return named ? [] : ["--stack", this.name];
  }

  /**
   * The state as Pulumi exports it.
   * @param {{ secrets?: boolean }} [options] secrets: whether its secrets are decrypted
   * @returns {Promise<import("./state.mjs").Deployment>}
   */
  async deployment({ secrets = false } = {}) {
    const text = await this.must(
      ["stack", "export", ...(secrets ? ["--show-secrets"] : [])],
      "Reading the state",
    );
    return (
      /** @type {{ deployment?: import("./state.mjs").Deployment }} */ (parseJson(text))
        .deployment ?? {}
    );
  }
}

/**
 * Runs something whose lines are told in short, and says now and then what it is at.
 * @param {(onLine: (line: string) => void) => Promise<number>} work
 */
async function narrated(work) {
  const narrator = new Narrator();
  const heartbeat = setInterval(() => {
    const present = narrator.present();
    if (present !== "") process.stdout.write(`  … ${present}\n`);
  }, heartbeatMs);
  try {
    return await work((line) => {
      const shown = narrator.hear(line);
      if (shown !== undefined) process.stdout.write(`${shown}\n`);
    });
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * Whether the working copy's own state knows a stack.
 * @param {string} name
 */
export function ownStackExists(name) {
  return existsSync(join(paths.state, ".pulumi", "stacks", project, `${name}.json`));
}

/**
 * The stack of a command that needs one that is there.
 * @param {string} name
 */
export async function existingStack(name) {
  const missing = new Failure(`There is no semester called ${name} here yet.`, {
    fix: name === "dev" ? "npm run up makes it." : `npm run up -- --stack ${name} makes it.`,
  });
  const own = findLogin(process.env).own;
  // Before the tools are made ready: on a fresh clone that takes minutes.
  if (own && !ownStackExists(name)) throw missing;
  const started = Date.now();
  const tools = await ensureTools({
    root,
    platform: platformOf(root, name),
    // Tools that are there are found at once; only making them is worth a word.
    log: (/** @type {string} */ note) => {
      if (Date.now() - started > quietMs) process.stderr.write(`${note}\n`);
    },
    offline: forcedOffline(process.env),
  });
  const stack = new Stack(name, tools);
  if (own) await stack.openOwn();
  return stack;
}

/**
 * Whether the official tools are not even looked for.
 * @param {NodeJS.ProcessEnv} env
 */
export function forcedOffline(env) {
  return env["SEMESTERHUB_OFFLINE"] === "1";
}

/**
 * What the CLI sees of the environment.
 * @param {NodeJS.ProcessEnv} env
 * @param {import("./login.mjs").Login} login
 * @returns {NodeJS.ProcessEnv}
 */
export function cliEnvironment(env, login) {
  /** @type {NodeJS.ProcessEnv} */
  const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  // The stack is the one that --stack says.
  delete quiet["PULUMI_STACK"];
  if (!login.own) {
    return {
      ...quiet,
      PULUMI_BACKEND_URL: login.url,
      ...(login.credentials === undefined ? {} : { PULUMI_CREDENTIALS_PATH: login.credentials }),
    };
  }
  // A passphrase in the environment belongs to some other state, and would win over the file.
  delete quiet["PULUMI_CONFIG_PASSPHRASE"];
  return {
    ...quiet,
    PULUMI_BACKEND_URL: pathToFileURL(paths.state).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
  };
}

/** Makes the passphrase of the state once; it is never made again while there is state. */
function ensurePassphrase() {
  if (existsSync(paths.passphrase)) {
    chmodSync(paths.passphrase, 0o600);
    return;
  }
  if (existsSync(join(paths.state, ".pulumi", "stacks"))) {
    throw new Failure(`${paths.passphrase} is missing, and the state here is encrypted with it.`, {
      fix: `Bring the file back from a copy. Without it, remove ${working} and what Docker still runs of the course.`,
    });
  }
  writeFileSync(paths.passphrase, `${randomBytes(32).toString("base64url")}\n`, {
    mode: 0o600,
    flag: "wx",
  });
}

/**
 * A configuration with the salt of its stack.
 * @param {string} text Pulumi.<stack>.yaml
 * @param {string} saltText the file that holds the salt
 * @returns {string | undefined} absent when the configuration has its own means of encryption
 */
export function withSalt(text, saltText) {
  const own = readYaml(text);
  if (textAt(own, "encryptionsalt") ?? textAt(own, "secretsprovider")) return undefined;
  const salt = textAt(readYaml(saltText), "encryptionsalt");
  if (salt === undefined) throw new Failure("The stack's encryption salt is missing.");
  return `encryptionsalt: ${salt}\n${text}`;
}
