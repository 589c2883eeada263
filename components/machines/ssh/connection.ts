import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { functionsFor, shellScript } from "../../lib/shell";

/** How SSH reaches a machine. */
export interface SshAddress {
  readonly name: string;
  /** Where SSH answers, from the operator or, behind a bastion, from there. */
  readonly address: pulumi.Input<string>;
  readonly port: number;
  readonly user: string;
  /** The stack's own, PEM or OpenSSH; a secret. */
  readonly privateKey: pulumi.Input<string>;
}

/** A machine that SSH connections go through. */
export interface Bastion {
  readonly name: string;
  readonly user: string;
  /** With its host key, so that nobody can stand in for it. */
  readonly connection: command.types.input.remote.ConnectionArgs;
  /** Its addresses, which the firewalls of the machines behind it let in; names among them don't count. */
  readonly addresses: pulumi.Output<readonly string[]>;
  /** The operator's own key for it, where there is one. */
  readonly keyFile?: string;
}

/**
 * Tries before a machine is given up: half a minute for one that refuses, ten minutes for one that is
 * silent. A small machine that has much to do takes its time for a handshake, and one that is broken
 * off costs it as much as one that succeeds.
 */
const dialErrorLimit = 15;
const perDialTimeout = 40;

/** What a connection to a machine is, whose host key is known. */
export function connectionTo(
  machine: SshAddress,
  hostKey: pulumi.Input<string>,
  bastion?: Bastion,
): command.types.input.remote.ConnectionArgs {
  return {
    host: machine.address,
    port: machine.port,
    user: machine.user,
    privateKey: pulumi.secret(machine.privateKey),
    hostKey,
    dialErrorLimit,
    perDialTimeout,
    ...(bastion === undefined ? {} : { proxy: bastion.connection }),
  };
}

/** What runs on a machine, and with what. */
export interface RemoteScriptArgs {
  /** The machine and the step, for messages. */
  readonly machine: string;
  readonly step: string;
  /** File names in `components/shell`. */
  readonly create: string;
  readonly delete?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** What travels on SSH's standard input; `machine/loader.sh` takes it apart. */
export function remoteInput(args: RemoteScriptArgs): string {
  const { machine, step, environment = {}, stdin = "" } = args;
  const variables = Object.entries({
    SEMESTERHUB_MACHINE: machine,
    SEMESTERHUB_STEP: step,
    ...environment,
  });
  for (const [variable] of variables) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(variable)) {
      throw new pulumi.RunError(`${step}: "${variable}" can't be an environment variable's name.`);
    }
  }
  const scripts = [args.create, ...(args.delete === undefined ? [] : [args.delete])].map(
    shellScript,
  );
  const functions = functionsFor(shellScript("machine/functions.sh"), scripts);
  const lines = [
    base64(functions + shellScript("machine/loader.sh")),
    ...variables.map(([variable, value]) => `environment ${variable} ${base64(value)}`),
    `create ${base64(shellScript(args.create))}`,
    ...(args.delete === undefined ? [] : [`delete ${base64(shellScript(args.delete))}`]),
    "stdin",
  ];
  return `${lines.join("\n")}\n${stdin}`;
}

/**
 * The command line that a machine is given: constant, but for who is to run it. It evaluates the first
 * line of its standard input, which is the loader.
 */
export function remoteCommandLine(phase: "create" | "delete", user: string): string {
  const load = 'IFS= read -r line && eval "$(printf %s "$line" | base64 -d)"';
  if (user === "root") return `phase=${phase}; ${load}`;
  // sudo keeps where the connection comes from to itself.
  return (
    'sudo -n true 2>/dev/null || { echo "The user $(id -un) may not use sudo without a password on ' +
    'this machine. Allow it (/etc/sudoers.d), or let semesterhub log in as another user." >&2; exit 1; }; ' +
    `exec sudo -n /bin/sh -c 'phase=${phase}; SSH_CONNECTION=$1; ${load}' sh "$SSH_CONNECTION"`
  );
}
