import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { parseTarget } from "../../../config/backupTarget";
import type { OpenStackConfig, SemesterConfig } from "../../../config/types";
import type { CertificateAuthority } from "../../certificateAuthority";
import type { MachineRole, Machines } from "../machine";
import { publicPorts, semesterReservation } from "../ssh/reservation";
import { BackupContainer } from "./backupContainer";
import { declareInstance } from "./instance";
import { CloudNetwork, type Place } from "./network";
import { DataVolume } from "./volume";
import { sshMachines, type SshMachinePlan } from "../ssh/sshMachines";

/** What the `openstack` platform is made from. */
export interface OpenStackArgs extends Pick<
  SemesterConfig,
  "stack" | "proxy" | "networks" | "storage" | "backup" | "images"
> {
  readonly openstack: OpenStackConfig;
  readonly authority: CertificateAuthority;
}

type Instance = openstack.compute.Instance;

/** The `openstack` platform: VMs that the program makes, with their networks and their volume. */
export function openstackMachines(name: string, args: OpenStackArgs): Machines {
  const cloud = new Cloud(`${name}-cloud`, args);
  const { openstack: config, authority, networks, storage } = args;
  const { flavors } = config;
  const machines = sshMachines(name, {
    proxy: cloud.plan("proxy", "proxy", flavors.proxy),
    hub: cloud.plan("hub", "hub", flavors.hub),
    ...(flavors.storage !== undefined && {
      storage: cloud.plan("storage", "storage", flavors.storage),
    }),
    nodes: Array.from({ length: config.nodes.count }, (_, index) =>
      cloud.plan(`node-${index + 1}`, "node", flavors.node),
    ),
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
  const backups = cloud.declareBackups(args.backup.target);
  return {
    ...machines,
    storagePath: cloud.declareVolume().mount(machines.storage, storage.path),
    ...(backups && { objectStore: backups.store }),
  };
}

/** What one semester has in a cloud. */
class Cloud extends pulumi.ComponentResource {
  private readonly name: string;
  private readonly args: OpenStackArgs;
  private readonly provider: openstack.Provider;
  private readonly common: pulumi.CustomResourceOptions;
  private readonly network: CloudNetwork;
  private readonly key: tls.PrivateKey;
  private readonly keyPair: openstack.compute.Keypair;
  private readonly serverGroup?: openstack.compute.ServerGroup;
  private readonly imageId?: pulumi.Output<string>;
  private readonly instances = new Map<string, Instance>();

  constructor(name: string, args: OpenStackArgs) {
    super("semesterhub:index:Cloud", name, {});
    const { cloud, region, image, bootVolumeGb, adminCidrs, network } = args.openstack;
    this.name = name;
    this.args = args;
    this.provider = new openstack.Provider(
      `${name}-api`,
      {
        ...(cloud !== undefined && { cloud }),
        ...(region !== undefined && { region }),
      },
      { parent: this },
    );
    this.common = { parent: this, provider: this.provider };
    // Made here and kept in the state, which has the authority's key already: any operator, and CI,
    // can go on where another stopped, and no file has to be passed around.
    this.key = new tls.PrivateKey(`${name}-key`, { algorithm: "ED25519" }, { parent: this });
    this.keyPair = new openstack.compute.Keypair(
      `${name}-keypair`,
      { name: `${name}-keypair`, publicKey: this.key.publicKeyOpenssh.apply((key) => key.trim()) },
      { ...this.common, deleteBeforeReplace: true },
    );
    this.network = new CloudNetwork(
      name,
      { network, adminCidrs, publicPorts: publicPorts(args.proxy) },
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

  /** Declares one VM, and says how it is reached. */
  plan(machine: string, role: MachineRole, flavor: string): SshMachinePlan {
    const place = this.network.place(machine, role);
    const instance = this.declareInstance(machine, role, flavor, place);
    this.instances.set(machine, instance);
    if (role === "proxy") this.declareName(place.address);
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
      identity: instance.id,
      options: { dependsOn: [instance, ...place.reach], deletedWith: instance },
    };
  }

  declareVolume(): DataVolume {
    const instance = this.instances.get(this.volumeRole);
    if (!instance) throw new Error("A VM is declared before its volume");
    return new DataVolume(
      `${this.name}-data`,
      { openstack: this.args.openstack, instance },
      { parent: this, provider: this.provider },
    );
  }

  declareBackups(target: string): BackupContainer | undefined {
    const place = parseTarget(target);
    if (place?.kind !== "swift") return undefined;
    return new BackupContainer(
      `${this.name}-backups`,
      { container: place.container, openstack: this.args.openstack },
      { parent: this, provider: this.provider },
    );
  }

  /** The role of the machine that has the volume. */
  private get volumeRole(): "hub" | "storage" {
    return this.args.openstack.flavors.storage === undefined ? "hub" : "storage";
  }

  private declareInstance(
    machine: string,
    role: MachineRole,
    flavor: string,
    place: Place,
  ): Instance {
    return declareInstance(
      `${this.name}-${machine}`,
      {
        machine,
        flavor,
        keepsFiles: role === this.volumeRole,
        place,
        keyPair: this.keyPair.name,
        openstack: this.args.openstack,
        ...(this.serverGroup && role === "node" && { serverGroup: this.serverGroup.id }),
        ...(this.imageId && { imageId: this.imageId }),
      },
      this.common,
    );
  }

  private declareServerGroup(): openstack.compute.ServerGroup | undefined {
    const { spread } = this.args.openstack.nodes;
    if (spread === "none") return undefined;
    return new openstack.compute.ServerGroup(
      `${this.name}-nodes`,
      {
        name: `${this.name}-nodes`,
        policies: [spread === "strict" ? "anti-affinity" : "soft-anti-affinity"],
      },
      this.common,
    );
  }

  /** The proxy's name, where the cloud's own name service has its zone. */
  private declareName(address: pulumi.Output<string>): void {
    const { openstack: config, proxy } = this.args;
    if (config.dnsZone === undefined || proxy.domain === undefined) return;
    const zone = openstack.dns.getDnsZoneOutput({ name: `${config.dnsZone}.` }, this.common);
    new openstack.dns.RecordSet(
      `${this.name}-domain`,
      {
        zoneId: zone.id,
        name: `${proxy.domain}.`,
        type: "A",
        ttl: 300,
        records: [address],
      },
      { ...this.common, deleteBeforeReplace: true },
    );
  }
}
