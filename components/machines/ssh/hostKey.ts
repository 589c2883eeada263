import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { shellScript } from "../../lib/shell";
import { remoteCommandLine, remoteInput, type Bastion, type SshAddress } from "./connection";

export interface HostKeyArgs {
  readonly machine: SshAddress;
  readonly bastion?: Bastion;
  /** Changes when the machine is another one at the same address. */
  readonly identity?: pulumi.Input<string>;
}

/**
 * Reads a machine's SSH host key, once, while the machine is being made: from here, or
 * from the bastion over a connection whose host key is known. A machine at another address, or with
 * another identity, is read anew. Nothing else makes it read again: whoever could answer then in the
 * machine's place would be trusted.
 */
export function readHostKey(
  name: string,
  args: HostKeyArgs,
  options: pulumi.CustomResourceOptions,
): { readonly resource: pulumi.Resource; readonly hostKey: pulumi.Output<string> } {
  const { machine, bastion, identity = "" } = args;
  const environment = pulumi.output({
    MACHINE: machine.name,
    HOST: machine.address,
    PORT: String(machine.port),
    FROM: bastion?.name ?? "this computer",
  });
  const triggers = [machine.address, machine.port, identity];
  const resource =
    bastion === undefined
      ? new command.local.Command(
          name,
          {
            create: shellScript("machine/host-key.sh"),
            environment,
            triggers,
            logging: command.local.Logging.Stderr,
            addPreviousOutputInEnv: false,
          },
          { ...options, ignoreChanges: ["create", "environment"] },
        )
      : new command.remote.Command(
          name,
          {
            connection: bastion.connection,
            create: remoteCommandLine("create", bastion.user),
            stdin: environment.apply((values) =>
              remoteInput({
                machine: bastion.name,
                step: name,
                create: "machine/host-key.sh",
                environment: values,
              }),
            ),
            triggers,
            logging: command.remote.Logging.Stderr,
            addPreviousOutputInEnv: false,
          },
          { ...options, ignoreChanges: ["connection", "create", "stdin"] },
        );
  return { resource, hostKey: resource.stdout.apply((text) => text.trim()) };
}
