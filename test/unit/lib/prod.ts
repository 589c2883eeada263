/** The configuration of a course on machines of its own. */
import { minimalConfig } from "./harness";

export const prod = {
  ...minimalConfig,
  platform: "openstack",
  login: { method: "native" },
  student: { homeQuota: "5G" },
  networks: { mtu: 1450 },
  cull: { drainMinutes: 15 },
  openstack: {
    image: "debian-13",
    flavors: { proxy: "s", hub: "m", node: "l" },
    nodes: { count: 7 },
    network: { kind: "routed", externalNetwork: "public" },
    adminCidrs: ["198.51.100.0/24"],
    dataVolumeGb: 100,
  },
};
