/** What tests look at in the services of a declared program. */
import type { Program } from "./harness";

export interface ServiceInputs {
  readonly taskSpec: {
    readonly containerSpec: {
      readonly env: Readonly<Record<string, string>>;
      readonly mounts: readonly { type: string; source?: string; target: string }[];
      readonly secrets: readonly { secretName: string; fileName: string; fileUid: string }[];
      readonly configs: readonly { configName: string; fileName: string }[];
      readonly groups?: readonly string[];
      readonly capAdds?: readonly string[];
    };
    readonly networksAdvanceds: readonly { id: string; aliases: readonly string[] }[];
  };
}

export const serviceType = "docker:index/service:Service";

/** What a service runs, and with what. */
export function service(program: Program, thing: string): ServiceInputs["taskSpec"] {
  const { inputs } = program.byName(thing, serviceType);
  return (inputs as unknown as ServiceInputs).taskSpec;
}

/** The content of a Swarm secret or config. */
export function content(
  program: Program,
  thing: string,
  type = "serviceConfig:ServiceConfig",
): unknown {
  const { data } = program.byName(thing, `docker:index/${type}`).inputs;
  return JSON.parse(Buffer.from(String(data), "base64").toString());
}

export function urns(program: Program, ...things: readonly string[]): string[] {
  return things.map((thing) => program.byName(thing, serviceType).urn);
}
