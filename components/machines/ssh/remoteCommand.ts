import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { triggersOf, type CommandResult, type RunArgs } from "../machine";
import { remoteCommandLine, remoteInput } from "./connection";

/** Where a command runs. */
export interface CommandPlace {
  /** The machine's name, in what scripts say. */
  readonly machine: string;
  readonly user: string;
  readonly connection: command.types.input.remote.ConnectionArgs;
  /** Which machine in this place it is. Default: the first. */
  readonly generation?: string;
}

/** Runs a script of `components/shell` on a machine over SSH. */
export function remoteCommand(
  name: string,
  place: CommandPlace,
  args: RunArgs,
  options: pulumi.CustomResourceOptions,
): CommandResult {
  const { machine, user, connection, generation } = place;
  const { create, delete: undo, environment = {}, stdin } = args;
  const input = pulumi.all([environment, stdin ?? ""]).apply(([variables, text]) =>
    remoteInput({
      ...{ machine, step: name, create },
      ...(undo === undefined ? {} : { delete: undo }),
      // Another machine has done none of it yet.
      environment:
        generation === undefined ? variables : { ...variables, SEMESTERHUB_GENERATION: generation },
      stdin: text,
    }),
  );
  const resource = new command.remote.Command(
    name,
    {
      connection,
      create: remoteCommandLine("create", user),
      ...(undo === undefined ? {} : { delete: remoteCommandLine("delete", user) }),
      stdin: input,
      // Standard output is data; what a script has to say to people goes to standard error. One
      // that was given a secret says nothing, since it could say the secret.
      logging: stdin === undefined ? command.remote.Logging.Stderr : command.remote.Logging.None,
      ...triggersOf(args),
      addPreviousOutputInEnv: false,
    },
    options,
  );
  return { resource, stdout: resource.stdout };
}
