import type * as pulumi from "@pulumi/pulumi";
import type { EngineSocket } from "./machine";

/** What `engine/local.sh` and `engine/remote.sh` print of the engine that answered, as JSON. */
interface Printed {
  readonly host: string;
  readonly socket: string;
  readonly socketGroup: string;
  readonly ipv6: boolean;
}

/** An engine that answered. */
export interface EngineFacts {
  /** Its address for Docker's provider: a URL, `unix://` or `tcp://`. */
  readonly host: pulumi.Output<string>;
  readonly socket: EngineSocket;
  /** Whether a container's port can be published on `::`. */
  readonly ipv6: pulumi.Output<boolean>;
}

/** Reads what the last step of making an engine ready printed. */
export function engineFacts(stdout: pulumi.Output<string>): EngineFacts {
  const printed = stdout.apply((text) => JSON.parse(text) as Printed);
  return {
    host: printed.host,
    socket: { path: printed.socket, group: printed.socketGroup },
    ipv6: printed.ipv6,
  };
}
