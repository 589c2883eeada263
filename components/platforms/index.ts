import * as pulumi from "@pulumi/pulumi";
import type { SemesterConfig } from "../../config";
import type { Machines } from "../machine";
import { localMachines } from "./local";

/** The machines of the configured platform. */
export function createMachines(name: string, config: SemesterConfig): Machines {
  switch (config.platform.kind) {
    case "local":
      return localMachines(`${name}-local`);
    case "hosts":
    case "openstack":
      throw new pulumi.RunError(
        `The platform ${config.platform.kind} is not part of this release.`,
      );
  }
}
