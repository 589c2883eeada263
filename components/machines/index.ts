import type { SemesterConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import type { Machines } from "./machine";
import { hostsMachines } from "./ssh/hosts";
import { localMachines } from "./local";
import { openstackMachines } from "./openstack/openstack";

/** The machines of the configured platform. */
export function createMachines(
  name: string,
  config: SemesterConfig,
  authority: CertificateAuthority,
): Machines {
  switch (config.platform.kind) {
    case "local":
      return localMachines(`${name}-local`);
    case "hosts":
      return hostsMachines(name, { ...config, hosts: config.platform, authority });
    case "openstack":
      return openstackMachines(name, { ...config, openstack: config.platform, authority });
  }
}
