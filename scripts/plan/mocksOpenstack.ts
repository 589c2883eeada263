/** What the provider of OpenStack answers under test; mocks.ts has the others. */
import type { Inputs, Mock } from "./mocks";

/** An address of a port's own: 192.0.2.11 for the hub, and so on; 1 more digit on the public side. */
function addressOf(port: string): string {
  const node = /^node-(\d+)/.exec(port)?.[1];
  const last = node === undefined ? (port.startsWith("hub-") ? 11 : 10) : 20 + Number(node);
  return `${port.endsWith("-public-port") ? "203.0.113" : "192.0.2"}.${last}`;
}

/** An OpenStack object, which has a name of its own. */
const openstack =
  (outputs: (name: string, inputs: Inputs) => Record<string, unknown> = () => ({})): Mock =>
  (name, inputs) => ({ id: `${name}-id`, outputs: { ...outputs(name, inputs) } });

export const openstackMocks: Readonly<Record<string, Mock>> = {
  "pulumi:providers:openstack": openstack(),
  "openstack:blockstorage/volume:Volume": openstack(),
  "openstack:compute/instance:Instance": openstack(),
  "openstack:compute/keypair:Keypair": openstack(),
  "openstack:compute/serverGroup:ServerGroup": openstack(),
  "openstack:compute/volumeAttach:VolumeAttach": openstack(() => ({ device: "/dev/vdb" })),
  "openstack:dns/recordSet:RecordSet": openstack(),
  "openstack:identity/applicationCredential:ApplicationCredential": openstack(() => ({
    secret: "p".repeat(24),
  })),
  "openstack:networking/floatingIp:FloatingIp": openstack(() => ({ address: "203.0.113.77" })),
  "openstack:networking/floatingIpAssociate:FloatingIpAssociate": openstack(),
  "openstack:networking/network:Network": openstack(),
  "openstack:networking/port:Port": openstack((name) => ({ allFixedIps: [addressOf(name)] })),
  "openstack:networking/router:Router": openstack(),
  "openstack:networking/routerInterface:RouterInterface": openstack(),
  "openstack:networking/secGroup:SecGroup": openstack(),
  "openstack:networking/secGroupRule:SecGroupRule": openstack(),
  "openstack:networking/subnet:Subnet": openstack(),
  "openstack:objectstorage/container:Container": openstack(),
};

/** What the provider answers when it is asked in every preview. */
export const openstackCalls: Readonly<Record<string, (inputs: Inputs) => Record<string, unknown>>> =
  {
    "openstack:networking/getNetwork:getNetwork": ({ name }) => ({ id: `${String(name)}-id` }),
    "openstack:images/getImage:getImage": ({ name }) => ({
      id: `${String(name)}-id`,
      ...{ minDiskGb: 0, minRamMb: 0 },
    }),
    // Large enough for every course: whether it fits is no matter of the plan.
    "openstack:compute/getFlavor:getFlavor": ({ name }) => ({
      id: `${String(name)}-id`,
      ...{ ram: 2 ** 20, vcpus: 64, disk: 100 },
    }),
    "openstack:compute/getLimitsV2:getLimitsV2": () => ({
      ...{ maxTotalInstances: -1, maxTotalCores: -1, maxTotalRamSize: -1 },
    }),
    "openstack:dns/getDnsZone:getDnsZone": ({ name }) => ({ id: `${String(name)}-id` }),
    "openstack:identity/getAuthScope:getAuthScope": () => ({
      projectId: "project-id",
      roles: ["admin", "member", "reader"].map((roleName) => ({ roleName, roleId: roleName })),
      serviceCatalogs: [
        {
          type: "identity",
          endpoints: [
            { interface: "admin", region: "R", url: "https://admin.example.edu:5000" },
            { interface: "public", region: "R", url: "https://cloud.example.edu:5000/v3/" },
          ],
        },
      ],
    }),
  };
