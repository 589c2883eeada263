/**
 * Who logs in to a machine. The operator's own SSH does it once, to let in the key that the stack has made
 * for itself; everything else goes with that one. So the operator's key is no input of what runs on machines,
 * nor in the state, and whoever has the stack can go on where somebody else stopped.
 */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { shellScript } from "../../lib/shell";
import {
  connectionTo,
  remoteCommandLine,
  remoteInput,
  type Bastion,
  type SshAddress,
} from "./connection";

/** How the stack's key comes to a machine that exists already. */
export interface OperatorAccess {
  /** In OpenSSH's form; a machine lets it in until the semester ends. */
  readonly publicKey: pulumi.Input<string>;
  /** Path of the operator's private key. Default: what SSH offers, its agent's keys and those of `~/.ssh`. */
  readonly keyFile?: string;
}

export interface GrantArgs {
  readonly machine: SshAddress;
  readonly hostKey: pulumi.Output<string>;
  readonly bastion?: Bastion;
  readonly access: OperatorAccess;
  /** Changes when the machine is another one at the same address. */
  readonly identity?: pulumi.Input<string>;
}

/**
 * Lets the stack's key in, and answers the host key again, which is known once that key has logged in: what
 * connects with it comes later, and goes earlier at the end.
 */
export function grantAccess(
  name: string,
  args: GrantArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { machine, hostKey, bastion, access } = args;
  const publicKey = pulumi.output(access.publicKey).apply((key) => key.trim());
  const through = bastion?.connection;
  const granted = new command.local.Command(
    `${name}-access`,
    {
      create: shellScript("machine/access.sh"),
      environment: {
        MACHINE: machine.name,
        ...{ HOST: machine.address, PORT: String(machine.port), SSH_USER: machine.user },
        HOST_KEY: hostKey,
        KEY_FILE: access.keyFile ?? "",
        BASTION_HOST: through?.host ?? "",
        BASTION_PORT: pulumi.output(through?.port ?? "").apply(String),
        BASTION_USER: bastion?.user ?? "",
        BASTION_HOST_KEY: through?.hostKey ?? "",
        BASTION_KEY_FILE: bastion?.keyFile ?? "",
        PUBLIC_KEY: publicKey,
      },
      // Another machine, or another key: nothing else makes it run again, and then it runs as whoever
      // runs it has it.
      triggers: [hostKey, publicKey, machine.user, args.identity ?? ""],
      logging: command.local.Logging.Stderr,
      addPreviousOutputInEnv: false,
    },
    { ...options, ignoreChanges: ["create", "environment"] },
  );
  const undo = "machine/access-delete.sh";
  const login = new command.remote.Command(
    `${name}-login`,
    {
      connection: connectionTo(machine, hostKey, bastion),
      create: remoteCommandLine("create", machine.user),
      delete: remoteCommandLine("delete", machine.user),
      stdin: publicKey.apply((key) =>
        remoteInput({
          ...{ machine: machine.name, step: `${name}-login`, create: "nothing.sh", delete: undo },
          environment: { PUBLIC_KEY: key },
        }),
      ),
      // The old key is taken away by the login with it.
      triggers: [publicKey],
      logging: command.remote.Logging.Stderr,
      addPreviousOutputInEnv: false,
    },
    { ...options, dependsOn: [granted] },
  );
  return pulumi.all([hostKey, login.urn]).apply(([key]) => key);
}
