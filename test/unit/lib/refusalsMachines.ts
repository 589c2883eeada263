/** Machines and clouds that must be refused, and the message of each; refusals.ts has the others. */
import { changed, valid, type RawSections } from "./configHelp";
import { absent, type Refusal } from "./refusals";

const { hosts } = valid.hosts;
const { openstack } = valid.openstack;

const onHosts = (keys: object): RawSections => ({ hosts: changed(hosts, keys) });
const onOpenStack = (keys: object): RawSections => ({ openstack: changed(openstack, keys) });
const hub = (keys: object) => onHosts({ hub: { address: "203.0.113.11", ...keys } });
const node = (keys: object) =>
  onHosts({ nodes: [{ name: "n", address: "203.0.113.12", ...keys }] });
const routed = (keys: object) =>
  onOpenStack({ network: { kind: "routed", externalNetwork: "public", ...keys } });
const credential = { backupCredential: { id: "abc", secret: "not-to-be-shown" } };

const gpuProfiles = (...gpus: number[]) => ({
  profiles: gpus.map((number, index) => ({ name: `Kind ${index}`, gpus: number })),
});
const gpuNodes = (...gpus: number[]) => ({
  nodes: gpus.map((number, index) => ({
    ...{ name: `gpu-${index}`, address: `203.0.113.${50 + index}`, gpus: number },
  })),
});

/** GPUs that servers could never have. */
// prettier-ignore
const gpus: readonly Refusal[] = [
  [gpuProfiles(1), "profiles[0].gpus", 1, "is not for the platform local", "the platform hosts"],
  [gpuProfiles(17), "profiles[0].gpus", 17, "is more than 16", "a whole number"],
  [gpuProfiles(1), "profiles[0].gpus", 1, "is more than any machine for servers has: 0", "write the machines' GPUs as hosts.", valid.hosts],
  [{ ...gpuProfiles(1, 3), ...onHosts(gpuNodes(2, 2)) }, "profiles[1].gpus", 3, "is more than any machine for servers has: 2", "a smaller number here", valid.hosts],
  [{ ...gpuProfiles(1, 1, 1), ...onHosts(gpuNodes(1, 1)) }, "profiles", absent, "want 3 GPUs when one server of each runs, and the machines have 2", "add GPUs (hosts.nodes[].gpus)", valid.hosts],
  [{ ...gpuProfiles(2), ...onOpenStack({ nodes: { count: 3, gpus: 1 } }) }, "profiles[0].gpus", 2, "is more than any machine for servers has: 1", "openstack.nodes.gpus", valid.openstack],
  [onHosts({ hub: { ...hosts.hub, gpus: 1 }, ...gpuNodes(0) }), "hosts.hub.gpus", 1, "no student's server runs on the hub", "hosts.nodes[].gpus", valid.hosts],
  [onHosts({ proxy: { ...hosts.proxy, gpus: 1 } }), "hosts.proxy.gpus", absent, "not a key", "known here", valid.hosts],
];

/** More than have a port that leads to their engine. */
const many = Array.from({ length: 201 }, (_, index) => ({ address: `203.0.113.${index + 20}` }));

/** On the platform hosts: changes, key, value, what is wrong, how to put it right. */
// prettier-ignore
const machines: readonly Refusal[] = [
  [hub({ port: 0 }), "hosts.hub.port", 0, "is less than 1", "a port number", valid.hosts],
  [hub({ port: "22" }), "hosts.hub.port", "22", "is text, expected a number", "a port number", valid.hosts],
  [hub({ user: "Root User" }), "hosts.hub.user", "Root User", "is not a user name", "debian", valid.hosts],
  [hub({ memory: "64" }), "hosts.hub.memory", "64", "is not a size", "32G", valid.hosts],
  [hub({ memory: "128M" }), "hosts.hub.memory", "128M", "is outside 512M", "a size", valid.hosts],
  [hub({ name: "the hub" }), "hosts.hub.name", "the hub", "is not a domain name", "node-1", valid.hosts],
  [hub({ internalAddress: "hub.lan" }), "hosts.hub.internalAddress", "hub.lan", "is not an IPv4 address", "10.0.5.10", valid.hosts],
  [hub({ ip: "10.0.0.5" }), "hosts.hub.ip", absent, "not a key", "known here: name, address", valid.hosts],
  [onHosts({ nodes: { address: "a" } }), "hosts.nodes", { address: "a" }, "expected a list", "a list of machines", valid.hosts],
  [onHosts({ nodes: [{ name: "n" }] }), "hosts.nodes[0].address", absent, "is missing", "203.0.113.10", valid.hosts],
  [node({ address: "127.0.0.1" }), "hosts.nodes[0].address", "127.0.0.1", "is this computer itself", "10.0.5.10", valid.hosts],
  [node({ internalAddress: "0.0.0.0" }), "hosts.nodes[0].internalAddress", "0.0.0.0", "is no machine's address", "10.0.5.10", valid.hosts],
  [node({ internalAddress: "169.254.1.2" }), "hosts.nodes[0].internalAddress", "169.254.1.2", "on one cable only", "10.0.5.10", valid.hosts],
  [node({ internalAddress: "224.0.0.5" }), "hosts.nodes[0].internalAddress", "224.0.0.5", "a group's address", "10.0.5.10", valid.hosts],
  [node({ internalAddress: "10.0.0.4" }), "hosts.nodes[0].internalAddress", "10.0.0.4", "Docker takes by itself on every machine", "10.0.5.10", valid.hosts],
  [
    onHosts({ hub: { address: "203.0.113.11", internalAddress: "10.0.5.1" }, nodes: [{ name: "n", address: "203.0.113.12", internalAddress: "10.0.5.1" }] }),
    "hosts.nodes[0].internalAddress", "10.0.5.1", "the same as that of hosts.hub", "an address of its own", valid.hosts,
  ],
  [onHosts({ bastion: { address: "203.0.113.10" } }), "hosts.bastion.address", "203.0.113.10", "the same as that of hosts.proxy", "an address of its own", valid.hosts],
  [onHosts({ bastion: { address: "203.0.113.99", name: "node-1" } }), "hosts.bastion.name", "node-1", "the same as that of hosts.nodes[0]", "a name of its own", valid.hosts],
  [onHosts({ packageProxy: "https://mirror.example.edu" }), "hosts.packageProxy", "https://mirror.example.edu", "is not an http:// address", "http://10.1.2.3:3142", valid.hosts],
  [node({ internalAddress: "10.0.6.4" }), "hosts.internalNetwork", "203.0.113.0/24", "does not contain hosts.nodes[0], 10.0.6.4", "10.0.4.0/22", valid.hosts],
  [onHosts({ internalNetwork: "10.0.4.0/22" }), "hosts.internalNetwork", "10.0.4.0/22", "does not contain hosts.hub, 203.0.113.11", "all nodes", valid.hosts],
  [onHosts({ internalNetwork: "10.0.4.1/22" }), "hosts.internalNetwork", "10.0.4.1/22", "is an address inside the network 10.0.4.0/22", "10.0.4.0/22", valid.hosts],
  [hub({ generation: 0 }), "hosts.hub.generation", 0, "is less than 1", "a whole number", valid.hosts],
  [onOpenStack({ generations: { "node-3": 2 } }), "openstack.generations.node-3", 2, "is of no machine of this course", "proxy, hub, node-1, node-2", valid.openstack],
  [hub({ keyFile: "gone.key" }), "hosts.hub.keyFile", "gone.key", "is not there", "ssh-keygen", valid.hosts],
  [onHosts({ keyFile: "id.pub" }), "hosts.keyFile", "id.pub", "is not a private key", "without .pub", valid.hosts],
  [onHosts({ keyFile: "old.key" }), "hosts.keyFile", "old.key", "has a passphrase", "-N ''", valid.hosts],
  [{ proxy: { httpPort: 22 } }, "proxy.httpPort", 22, "is the port of SSH", "another port", valid.hosts],
  [{ proxy: { port: 23761 } }, "proxy.port", 23761, "leads the admins to the machines' Docker engines", "443", valid.hosts],
  [{ proxy: { httpPort: 24001 } }, "proxy.httpPort", 24001, "leads the admins to the machines' Docker engines", "443", valid.hosts],
  [onHosts({ nodes: many }), "hosts.nodes", many, "are more than 200", "a list of machines", valid.hosts],
  [onHosts({ nodes: [], storage: { address: "203.0.113.30" } }), "hosts.storage", absent, "there are no nodes", "take it out", valid.hosts],
  [onHosts({ storage: { address: "203.0.113.11" } }), "hosts.storage.address", "203.0.113.11", "the same as that of hosts.hub", "an address of its own", valid.hosts],
  [onHosts({ storage: { address: "203.0.113.30", internalAddress: "10.0.6.4" } }), "hosts.internalNetwork", "203.0.113.0/24", "does not contain hosts.storage, 10.0.6.4", "10.0.4.0/22", valid.hosts],
  [onHosts({ slot: 10 }), "hosts.slot", 10, "is more than 9", "a whole number from 0 to 9", valid.hosts],
  [onHosts({ slot: "first" }), "hosts.slot", "first", "expected a number", "a whole number from 0 to 9", valid.hosts],
  [onOpenStack({ slot: 1 }), "openstack.slot", absent, "not a key", "known here", valid.openstack],
];

/** On the platform openstack, likewise. */
// prettier-ignore
const clouds: readonly Refusal[] = [
  [onOpenStack({ image: undefined }), "openstack.image", absent, "is missing", "debian-13", valid.openstack],
  [onOpenStack({ image: 13 }), "openstack.image", 13, "is a number, expected text", "debian-13", valid.openstack],
  [onOpenStack({ flavors: { proxy: "s", hub: "m" } }), "openstack.flavors.node", absent, "is missing", "m1.xlarge", valid.openstack],
  [onOpenStack({ flavors: "m1.large" }), "openstack.flavors", "m1.large", "expected a section", "proxy, hub and node", valid.openstack],
  [onOpenStack({ nodes: 7 }), "openstack.nodes", 7, "expected a section", "a section with count", valid.openstack],
  [onOpenStack({ nodes: { count: 201 } }), "openstack.nodes.count", 201, "is more than 200", "a whole number", valid.openstack],
  [onOpenStack({ nodes: { count: 2, spread: "always" } }), "openstack.nodes.spread", "always", "not one of the known values", "none, soft, strict", valid.openstack],
  [onOpenStack({ nodes: { count: 1, spread: "strict" } }), "openstack.nodes.spread", "strict", "there is 1 node", "2 or more", valid.openstack],
  [onOpenStack({ user: "root" }), "openstack.user", "root", "is not let in by cloud images", "debian", valid.openstack],
  [onOpenStack({ dataVolumeGb: 0 }), "openstack.dataVolumeGb", 0, "is less than 1", "3000", valid.openstack],
  [onOpenStack({ dataVolumeGb: "3T" }), "openstack.dataVolumeGb", "3T", "is text, expected a number", "3000", valid.openstack],
  [onOpenStack({ dataVolumeAtEnd: "archive" }), "openstack.dataVolumeAtEnd", "archive", "not one of the known values", "keep, delete", valid.openstack],
  [onOpenStack({ bootVolumeGb: 4 }), "openstack.bootVolumeGb", 4, "is too small", "40", valid.openstack],
  [{ student: { homeQuota: "200G" } }, "student.homeQuota", "200G", "more than the whole data volume, openstack.dataVolumeGb: 100", "a larger volume", valid.openstack],
  [routed({ externalNetwork: undefined }), "openstack.network.externalNetwork", absent, "is missing", "openstack network list --external", valid.openstack],
  [routed({ publicNetwork: "PublicNet" }), "openstack.network.publicNetwork", absent, "not a key", "known here", valid.openstack],
  [routed({ subnet: "192.168.60.5/24" }), "openstack.network.subnet", "192.168.60.5/24", "inside the network 192.168.60.0/24", "an IPv4 network", valid.openstack],
  [routed({ subnet: "203.0.113.0/24" }), "openstack.network.subnet", "203.0.113.0/24", "is not a private network", "192.168.60.0/24", valid.openstack],
  [routed({ subnet: "10.0.0.0/23" }), "openstack.network.subnet", "10.0.0.0/23", "overlaps Docker's ingress network", "192.168.60.0/24", valid.openstack],
  [routed({ subnet: "192.168.60.0/29" }), "openstack.network.subnet", "192.168.60.0/29", "has room for 2 machines, and there are 4", "/28 or larger", valid.openstack],
  [routed({ dns: ["dns.example.edu"] }), "openstack.network.dns[0]", "dns.example.edu", "is not an IPv4 address", "9.9.9.9", valid.openstack],
  [routed({ dns: ["9.9.9.9", "127.0.0.53"] }), "openstack.network.dns[1]", "127.0.0.53", "is this computer itself", "9.9.9.9", valid.openstack],
  [routed({ floatingIp: "new" }), "openstack.network.floatingIp", "new", "is not an IPv4 address", "openstack floating ip list", valid.openstack],
  [routed({ floatingIp: "192.168.60.9" }), "openstack.network.floatingIp", "192.168.60.9", "in the machines' own network", "leave it out", valid.openstack],
  [
    onOpenStack({ network: { kind: "existing", network: "public", externalNetwork: "public" } }),
    "openstack.network.network", "public", "is the public network", "the network that the machines share", valid.openstack,
  ],
  [
    onOpenStack({ network: { kind: "fixed", publicNetwork: "PublicNet", internalNetwork: "PublicNet" } }),
    "openstack.network.internalNetwork", "PublicNet", "is the public network", "ServiceNet", valid.openstack,
  ],
  [onOpenStack({ adminCidrs: ["0.0.0.0/0"] }), "openstack.adminCidrs[0]", "0.0.0.0/0", "to most of the internet", "198.51.100.0/24", valid.openstack],
  [onOpenStack({ adminCidrs: ["198.51.100.7"] }), "openstack.adminCidrs[0]", "198.51.100.7", "is not an IPv4 network", "a list of IPv4 networks", valid.openstack],
  [onOpenStack({ adminCidrs: ["10.1.0.0/16", "10.1.0.0/16"] }), "openstack.adminCidrs[1]", "10.1.0.0/16", "is in the list twice", "keep one", valid.openstack],
  [onOpenStack({ adminCidrs: ["192.168.0.0/16"] }), "openstack.adminCidrs[0]", "192.168.0.0/16", "contains addresses of the machines' network, 192.168.60.0/24", "only the networks", valid.openstack],
  [onOpenStack({ adminCidrs: ["10.0.0.0/8"] }), "openstack.adminCidrs[0]", "10.0.0.0/8", "contains addresses of networks.course", "only the networks", valid.openstack],
  [onOpenStack({ packageProxy: "http://me:secret@10.1.2.3:3142" }), "openstack.packageProxy", "http://me:secret@10.1.2.3:3142", "without a password", "http://10.1.2.3:3142", valid.openstack],
  [onOpenStack({ dnsZone: "example.edu" }), "openstack.dnsZone", "example.edu", "proxy.domain, its name, is missing", "jupyter.example.edu", valid.openstack],
  [{ ...onOpenStack({ dnsZone: "example.org" }), proxy: { domain: "hub.example.edu" } }, "openstack.dnsZone", "example.org", "does not contain proxy.domain, hub.example.edu", "openstack zone list", valid.openstack],
  [onOpenStack(credential), "openstack.backupCredential.secret", "(secret)", "plain text", "--secret --path 'semesterhub:openstack.backupCredential.secret'", valid.openstack],
  [onOpenStack({ backupCredential: { id: "abc" } }), "openstack.backupCredential.secret", absent, "is missing", "the secret of an application credential", valid.openstack],
  [{ backup: { target: "file:///srv/backups" } }, "backup.target", "file:///srv/backups", "a folder of the machine that the backups are of", "swift://", valid.openstack],
  [{ backup: { target: "swift://a/b" } }, "backup.target", "swift://a/b", "does not name one container", "swift://semesterhub-backups", valid.openstack],
  [{ proxy: { port: 22 } }, "proxy.port", 22, "is the port of SSH", "443", valid.openstack],
  [{ proxy: { port: 23761 } }, "proxy.port", 23761, "leads the admins to the machines' Docker engines", "443", valid.openstack],
];

const images = (keys: object): RawSections => ({ images: { registry: "r.example.edu", ...keys } });
const registry = (name: unknown) => images({ registry: name });

/** A registry that has the images. */
// prettier-ignore
const registries: readonly Refusal[] = [
  [images({}), "images", absent, "not for the platform local", "take the section out", valid.local],
  [{ images: {} }, "images.registry", absent, "is missing", "registry.example.edu:5000/course", valid.hosts],
  [images({ tag: "v1" }), "images.tag", absent, "not a key", "known here: registry", valid.hosts],
  [registry("https://r.example.edu/course"), "images.registry", "https://r.example.edu/course", "begins with a scheme", "a host with its port", valid.hosts],
  [registry("course"), "images.registry", "course", "has no full host name", "a host with its port", valid.hosts],
  [registry("course/images"), "images.registry", "course/images", "has no full host name", "a host with its port", valid.hosts],
  [registry("me@r.example.edu"), "images.registry", "me@r.example.edu", "has a user in it", "a host with its port", valid.hosts],
  [registry("r.example.edu/course:v1"), "images.registry", "r.example.edu/course:v1", "has a tag in it", "a host with its port", valid.hosts],
  [registry("r.example.edu/Course"), "images.registry", "r.example.edu/Course", "has capital letters", "a host with its port", valid.hosts],
  [registry("r.example.edu/"), "images.registry", "r.example.edu/", "is not a registry", "a host with its port", valid.hosts],
  [registry("r.example.edu:99999"), "images.registry", "r.example.edu:99999", "is not a registry", "a host with its port", valid.hosts],
  [registry("r.example.edu:x/course"), "images.registry", "r.example.edu:x/course", "is not a registry", "a host with its port", valid.hosts],
  [registry("r_.example.edu"), "images.registry", "r_.example.edu", "is not a registry", "a host with its port", valid.hosts],
  [registry(5000), "images.registry", 5000, "is a number, expected text", "a host with its port", valid.hosts],
  [images({ username: "a:b" }), "images.username", "a:b", "contains a colon", "a user name", valid.hosts],
  [images({ username: "course" }), "images.password", absent, "there is a username", "write the password too", valid.hosts],
  [images({ username: "course", password: "not-to-be-shown" }), "images.password", "(secret)", "plain text", "--secret --path 'semesterhub:images.password'", valid.openstack],
  [images({ certificateAuthority: "gone.pem" }), "images.certificateAuthority", "gone.pem", "does not exist", "from the folder of Pulumi.yaml", valid.hosts],
  [images({ certificateAuthority: "key.pem" }), "images.certificateAuthority", "key.pem", "has no CERTIFICATE", "-----BEGIN", valid.hosts],
];

export const refusalsMachines = { machines, gpus, clouds, registries };
