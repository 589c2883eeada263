import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { parseTarget } from "../../../config/backupTarget";
import type { OpenStackConfig, SemesterConfig } from "../../../config/types";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { MachineRole, Platform } from "../machine";
import { publicPorts, semesterReservation } from "../ssh/reservation";
import { BackupContainer } from "./backupContainer";
import { refuseMissing } from "./cloudCheck";
import { declareInstance } from "./instance";
import { CloudNetwork, type Place } from "./network";
import { dockerName } from "../../lib/names";
import { DataVolume } from "./volume";
import type { SshMachineAddress } from "../ssh/sshMachineArgs";
import { sshMachines, type Plan } from "../ssh/sshMachines";

/** What the `openstack` platform is made from. */
export interface OpenStackArgs extends Pick<
  SemesterConfig,
  "stack" | "proxy" | "networks" | "storage" | "backup" | "images" | "student"
> {
  readonly openstack: OpenStackConfig;
  readonly authority: CertificateAuthority;
}

type Instance = openstack.compute.Instance;

/** The `openstack` platform: VMs that the program makes, with their networks and their volume. */
export function openstackPlatform(args: OpenStackArgs): Platform {
  const cloud = new Cloud("cloud", args);
  const { openstack: config, authority, networks, storage } = args;
  const { flavors } = config;
  const plan = (machine: string, role: MachineRole, flavor: string) =>
    cloud.plan(machine, role, flavor);
  const storageFlavor = flavors.storage;
  const machines = sshMachines({
    proxy: plan("proxy", "proxy", flavors.proxy),
    hub: plan("hub", "hub", flavors.hub),
    ...(storageFlavor !== undefined && { storage: plan("storage", "storage", storageFlavor) }),
    nodes: new Map(config.nodes.names.map((node) => [node, plan(node, "node", flavors.node)])),
    addresses: {
      proxy: cloud.addressOf("proxy"),
      hub: cloud.addressOf("hub"),
      ...(storageFlavor !== undefined && { storage: cloud.addressOf("storage") }),
    },
    // Its machines are its own.
    semester: semesterReservation(args, 0),
    authority,
    adminCidrs: config.adminCidrs,
    // On a network that is there already the security groups alone know who the machines are.
    internalNetwork: config.network.kind === "routed" ? config.network.subnet.cidr : "0.0.0.0/0",
    bridges: networks.bridges,
    ...(config.packageProxy === undefined ? {} : { packageProxy: config.packageProxy }),
    ...(args.images && { images: args.images }),
  });
  const target = parseTarget(args.backup.target);
  return {
    ...machines,
    trusting: [],
    mountData: (machine, owner) => cloud.declareVolume(owner).mount(machine, storage.path),
    ...(target?.kind === "swift" && {
      objectStore: (owner: pulumi.ComponentResource) =>
        cloud.declareBackups(target.container, owner).store,
    }),
  };
}

/** What one semester has in a cloud. */
class Cloud extends pulumi.ComponentResource {
  /** What the names of things in the cloud start with. */
  private readonly prefix: string;
  private readonly args: OpenStackArgs;
  private readonly provider: openstack.Provider;
  private readonly common: pulumi.CustomResourceOptions;
  private readonly network: CloudNetwork;
  private readonly key: tls.PrivateKey;
  private readonly keyPair: openstack.compute.Keypair;
  private readonly serverGroup?: openstack.compute.ServerGroup;
  private readonly imageId?: pulumi.Output<string>;
  private readonly instances = new Map<string, Instance>();
  private readonly addresses = new Map<
    string,
    (address: pulumi.Output<SshMachineAddress>) => void
  >();

  constructor(name: string, args: OpenStackArgs) {
    super("semesterhub:index:Cloud", name, {});
    const { cloud, region, image, bootVolumeGb, adminCidrs, network } = args.openstack;
    this.prefix = dockerName(args.stack, "cloud");
    this.args = args;
    const api = (api: string, options: pulumi.CustomResourceOptions = {}) =>
      new openstack.Provider(
        api,
        {
          ...(cloud !== undefined && { cloud }),
          ...(region !== undefined && { region }),
        },
        { parent: this, ...options },
      );
    // Nothing is made where something is missing: the provider of all that is made waits for the check.
    const lookups = api("cloud-lookups");
    const checked = refuseMissing(
      {
        ...{ stack: args.stack, openstack: args.openstack },
        studentMemory: args.student.memoryBytes,
      },
      { parent: this, provider: lookups },
    );
    this.provider = api("cloud-api", { dependsOn: [checked.then(() => lookups)] });
    this.common = { parent: this, provider: this.provider };
    // Made here and kept in the state, which has the authority's key already: any operator, and CI,
    // can go on where another stopped, and no file has to be passed around.
    this.key = new tls.PrivateKey("ssh-key", { algorithm: "ED25519" }, { parent: this });
    this.keyPair = new openstack.compute.Keypair(
      "keypair",
      {
        name: `${this.prefix}-keypair`,
        publicKey: this.key.publicKeyOpenssh.apply((key) => key.trim()),
      },
      { ...this.common, deleteBeforeReplace: true },
    );
    this.network = new CloudNetwork(
      "cloud-network",
      { prefix: this.prefix, network, adminCidrs, publicPorts: publicPorts(args.proxy) },
      { parent: this, provider: this.provider },
    );
    const serverGroup = this.declareServerGroup();
    if (serverGroup) this.serverGroup = serverGroup;
    if (bootVolumeGb !== undefined) {
      this.imageId = openstack.images.getImageOutput(
        { name: image, mostRecent: true },
        this.common,
      ).id;
    }
    this.registerOutputs();
  }

  /** Plans one VM, which is made when a component asks for its machine and becomes its parent. */
  plan(machine: string, role: MachineRole, flavor: string): Plan {
    return (parent) => {
      const place = this.network.place(machine, role, parent);
      const instance = this.declareInstance(machine, role, flavor, place, parent);
      this.instances.set(machine, instance);
      if (role === "proxy") this.declareName(place.address, parent);
      this.addresses.get(machine)?.(
        pulumi
          .all([place.address, place.internalAddress])
          .apply(([address, internalAddress]) => ({ address, internalAddress })),
      );
      return {
        machine: {
          name: machine,
          // Of the port, not of the VM: known as long as the port is, whatever happens to the VM.
          address: place.address,
          internalAddress: place.internalAddress,
          port: 22,
          user: this.args.openstack.user,
          privateKey: this.key.privateKeyOpenssh,
        },
        generation: this.generationOf(machine),
        gpus: role === this.serverRole ? this.args.openstack.nodes.gpus : 0,
        identity: instance.id,
        options: { dependsOn: [instance, ...place.reach], deletedWith: instance },
      };
    };
  }

  /** Where a machine is, known once it is declared: the machines know each other's addresses. */
  addressOf(machine: string): pulumi.Output<SshMachineAddress> {
    const [address, resolve] = pulumi.deferredOutput<SshMachineAddress>();
    this.addresses.set(machine, resolve);
    return address;
  }

  declareVolume(parent: pulumi.ComponentResource): DataVolume {
    const instance = this.instances.get(this.volumeRole);
    if (!instance) throw new Error("A VM is declared before its volume");
    return new DataVolume(
      "data",
      { name: `${this.prefix}-data`, openstack: this.args.openstack, instance },
      { parent, provider: this.provider },
    );
  }

  declareBackups(container: string, parent: pulumi.ComponentResource): BackupContainer {
    return new BackupContainer(
      "backup-store",
      { name: `${this.prefix}-backups`, container, openstack: this.args.openstack },
      { parent, provider: this.provider },
    );
  }

  /** The role of the machine that has the volume. */
  private get volumeRole(): "hub" | "storage" {
    return this.args.openstack.flavors.storage === undefined ? "hub" : "storage";
  }

  /** The role of the machines that run students' servers. */
  private get serverRole(): MachineRole {
    return this.args.openstack.nodes.names.length === 0 ? "hub" : "node";
  }

  private generationOf(machine: string): number {
    return this.args.openstack.generations[machine] ?? 1;
  }

  private declareInstance(
    machine: string,
    role: MachineRole,
    flavor: string,
    place: Place,
    parent: pulumi.ComponentResource,
  ): Instance {
    return declareInstance(
      `${machine}-vm`,
      {
        name: `${this.prefix}-${machine}`,
        machine,
        flavor,
        keepsFiles: role === this.volumeRole,
        place,
        generation: this.generationOf(machine),
        keyPair: this.keyPair.name,
        openstack: this.args.openstack,
        ...(this.serverGroup && role === "node" && { serverGroup: this.serverGroup.id }),
        ...(this.imageId && { imageId: this.imageId }),
      },
      { ...this.common, parent },
    );
  }

  private declareServerGroup(): openstack.compute.ServerGroup | undefined {
    const { spread } = this.args.openstack.nodes;
    if (spread === "none") return undefined;
    return new openstack.compute.ServerGroup(
      "nodes-apart",
      {
        name: `${this.prefix}-nodes`,
        policies: [spread === "strict" ? "anti-affinity" : "soft-anti-affinity"],
      },
      this.common,
    );
  }

  /** The proxy's name, where the cloud's own name service has its zone. */
  private declareName(address: pulumi.Output<string>, parent: pulumi.ComponentResource): void {
    const { openstack: config, proxy } = this.args;
    if (config.dnsZone === undefined || proxy.domain === undefined) return;
    const zone = openstack.dns.getDnsZoneOutput({ name: `${config.dnsZone}.` }, this.common);
    const record = (name: string, of: string): void => {
      new openstack.dns.RecordSet(
        name,
        { zoneId: zone.id, name: `${of}.`, type: "A", ttl: 300, records: [address] },
        { ...this.common, parent, deleteBeforeReplace: true },
      );
    };
    record("domain", proxy.domain);
    if (proxy.subdomains) record("subdomains", `*.${proxy.domain}`);
  }
}
