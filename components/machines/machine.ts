import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Ports } from "../../config/ports";

/** How a process in a container reaches a machine's Docker engine. */
export interface EngineSocket {
  /** Path of the engine's unix socket on the machine. */
  readonly path: pulumi.Output<string>;
  /** Numeric group that may open the socket. */
  readonly group: pulumi.Output<string>;
}

/** A command on a machine. The script is a POSIX shell file of `components/shell`. */
export interface RunArgs {
  /** File name in `components/shell`; it must be idempotent: it runs again whenever an input changes. */
  readonly create: string;
  /** File name of the script that undoes it at destroy. Default: nothing is undone. */
  readonly delete?: string;
  /** Values for the scripts; never interpolated into a shell line. No secrets: use `stdin`. */
  readonly environment?: Record<string, pulumi.Input<string>>;
  /**
   * The variables of `environment` that say which thing is made: a path, a name. When one changes, the
   * other thing is made and then this one is undone, by `delete` with the values that it was made with.
   * Default: none, `create` runs again with the new values.
   */
  readonly identity?: readonly string[];
  /** Standard input of `create`; the place for secrets. */
  readonly stdin?: pulumi.Input<string>;
  /**
   * Whether `delete` runs even though the machine is going to be destroyed right after. Default:
   * false, since nothing on a machine needs undoing when the machine goes.
   */
  readonly evenIfMachineGoes?: boolean;
}

/** A file on a machine, written whole and atomically. */
export interface FileArgs {
  /** Absolute path; its folder must exist. */
  readonly path: pulumi.Input<string>;
  /** The content; a secret stays one. */
  readonly content: pulumi.Input<string>;
  /** Octal mode. Default "0644". */
  readonly mode?: string;
  /** "user:group", numeric. Default "0:0". */
  readonly owner?: string;
}

/** The command that writes a file; every platform's `file` runs it. */
export function fileScript(args: FileArgs): RunArgs {
  const { path, content, mode = "0644", owner = "0:0" } = args;
  return {
    create: "files/file.sh",
    delete: "files/file-delete.sh",
    environment: { FILE: path, MODE: mode, OWNER: owner },
    identity: ["FILE"],
    stdin: content,
  };
}

/** What replaces a command, as its resource takes it; nothing where nothing does. */
export function triggersOf({ identity, environment = {} }: RunArgs): {
  readonly triggers?: pulumi.Input<string>[];
} {
  if (identity === undefined) return {};
  return { triggers: identity.map((variable) => environment[variable] ?? "") };
}

/** A command that ran: what it printed, and what to depend on. */
export interface CommandResult {
  readonly resource: pulumi.Resource;
  /** Standard output of the script. */
  readonly stdout: pulumi.Output<string>;
}

/** What goes with a machine of what is in its engine. */
export interface EngineContents {
  readonly replaceWith: pulumi.Resource[];
  readonly deletedWith: pulumi.Resource;
}

/** What every component sees of a machine, whatever platform made it. */
export interface Machine {
  readonly name: string;
  /** Address inside the course's network. */
  readonly privateAddress: pulumi.Output<string>;
  /** Address that the world reaches; only the proxy's machine needs one. */
  readonly publicAddress?: pulumi.Output<string>;
  /** Changes when the machine is made anew, and with it what was on it is gone. Absent: it never is. */
  readonly identity?: pulumi.Output<string>;
  /** What images are built for, e.g. "linux/amd64". */
  readonly buildPlatform: string;
  /** Its Docker engine. Known to answer: the provider pings once and does not retry. */
  readonly engine: docker.Provider;
  /** Absent: nothing in the engine needs more than the label by which a container knows its machine. */
  readonly contents?: EngineContents;
  readonly engineSocket: EngineSocket;
  /** Whether a container's port can be published on `::`; an engine without IPv6 refuses that. */
  readonly ipv6: pulumi.Output<boolean>;
  run(name: string, args: RunArgs, options?: pulumi.CustomResourceOptions): CommandResult;
  file(name: string, args: FileArgs, options?: pulumi.CustomResourceOptions): CommandResult;
}

/** The options of what is in a machine's engine. */
export function inEngine({ engine, contents }: Machine): Partial<EngineContents> & {
  readonly provider: docker.Provider;
} {
  return { provider: engine, ...contents };
}

/** A container of an object store, and who may write to it. */
export interface ObjectStore {
  readonly container: pulumi.Output<string>;
  /** Keystone's URL, with /v3. */
  readonly authUrl: pulumi.Output<string>;
  readonly region?: string;
  /** An application credential. */
  readonly credentialId: pulumi.Output<string>;
  /** A secret. */
  readonly credentialSecret: pulumi.Output<string>;
}

/** What a machine is for. */
export type MachineRole = "proxy" | "hub" | "storage" | "node";

/**
 * Where a semester's machines come from. A component that needs one asks for it and becomes its parent;
 * the proxy's machine is asked for first, since SSH goes through it to the others.
 */
export interface Platform {
  /** The machine that browsers reach. */
  proxy(owner: pulumi.ComponentResource): Machine;
  /** The hub's machine; on a platform with one machine, the same as the proxy's. */
  hub(owner: pulumi.ComponentResource): Machine;
  /** A machine of its own for the files. Absent: the hub's machine has them. */
  readonly storage?: (owner: pulumi.ComponentResource) => Machine;
  /** The machines that run students' servers, by name. None: the hub's machine does. */
  readonly nodes: ReadonlyMap<string, (owner: pulumi.ComponentResource) => Machine>;
  /** Whether one machine is proxy, hub and where students' servers run. */
  readonly single: boolean;
  /** The semester's own ports on them. */
  readonly ports: Ports;
  /** Internal addresses of machines that trust the nodes, as far as the configuration has them. */
  readonly trusting: readonly string[];
  /**
   * Mounts the data volume on the machine that has the files, and answers the storage path, known once
   * it is there. Absent: nothing has to be mounted.
   */
  readonly mountData?: (machine: Machine, owner: pulumi.ComponentResource) => pulumi.Output<string>;
  /** Makes the container for backups in the cloud's own object store. Absent: there is none. */
  readonly objectStore?: (owner: pulumi.ComponentResource) => ObjectStore;
}

/** The name of a resource that is there once for each machine. */
export function onMachine(thing: string, machine: Machine): string {
  return `${thing}-${machine.name}`;
}
