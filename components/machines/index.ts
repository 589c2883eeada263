import type { SemesterConfig } from "../../config";
import type { CertificateAuthority } from "../certificateAuthority";
import { localPlatform } from "./local";
import type { Platform } from "./machine";
import { openstackPlatform } from "./openstack/openstack";
import { hostsPlatform } from "./ssh/hosts";

export type { Machine, Platform } from "./machine";

/** Where the machines of the configured platform come from. */
export function createPlatform(config: SemesterConfig, authority: CertificateAuthority): Platform {
  switch (config.platform.kind) {
    case "local":
      return localPlatform(config.platform.generation, config.stack);
    case "hosts":
      return hostsPlatform({ ...config, hosts: config.platform, authority });
    case "openstack":
      return openstackPlatform({ ...config, openstack: config.platform, authority });
  }
}
