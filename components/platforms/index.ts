import type { SemesterConfig } from "../../config";
import type { Machines } from "../machine";
import { localMachines } from "./local";

/** The machines of the configured platform. */
export function createMachines(name: string, config: SemesterConfig): Machines {
  switch (config.platform) {
    case "local":
      return localMachines(`${name}-local`);
    case "hosts":
    case "openstack":
      throw new Error(`The platform ${config.platform} is not part of this release.`);
  }
}
