// The openstack platform: what a production stack with 7 nodes declares, in what order, and what
// must never be replaced or removed.
import { CertificateAuthority } from "../../../components/certificateAuthority";
import { openstackMachines } from "../../../components/platforms/openstack";
import { rulesOf } from "../../../components/platforms/openstackRules";
import { userData } from "../../../components/platforms/openstackUserData";
import { loadConfig } from "../../../config";
import { runProgram, type Program, type Registration } from "../harness";
import { unpacked } from "../mocks";

const routed = { kind: "routed", externalNetwork: "public", dns: ["9.9.9.9"] };
const fixed = { kind: "fixed", publicNetwork: "PublicNet", internalNetwork: "ServiceNet" };
const existing = { kind: "existing", network: "campus", externalNetwork: "public" };

interface Changes {
  readonly openstack?: object;
  readonly others?: object;
  readonly preview?: boolean;
}

/** The machines of a stack `prod`, without what runs on them. */
async function declared({ openstack = {}, others = {}, preview = false }: Changes = {}) {
  const program = await runProgram({
    stack: "prod",
    preview,
    secretKeys: ["openstack", "backup"],
    config: {
      platform: "openstack",
      course: { title: "Data Science 101" },
      roster: { students: ["ada"], staff: ["teacher"] },
      login: { method: "native" },
      openstack: {
        cloud: "campus",
        image: "debian-13",
        flavors: { proxy: "small", hub: "large", node: "xlarge" },
        nodes: { count: 7 },
        network: routed,
        adminCidrs: ["198.51.100.0/24"],
        dataVolumeGb: 3000,
        ...openstack,
      },
      ...others,
    },
    entry: () => {
      const config = loadConfig();
      if (config.platform.kind !== "openstack") throw new Error("another platform");
      const name = `semesterhub-${config.stack}`;
      const authority = new CertificateAuthority(name);
      const machines = openstackMachines(name, {
        ...config,
        openstack: config.platform,
        authority,
      });
      return {
        addresses: [machines.proxy, machines.hub, ...machines.nodes].map((machine) => ({
          name: machine.name,
          inside: machine.privateAddress,
        })),
        public: machines.proxy.publicAddress,
        storagePath: machines.storagePath,
        ...(machines.objectStore && { objectStore: machines.objectStore }),
      };
    },
  });
  if (program.error) throw program.error;
  return program;
}

const find = (program: Program, thing: string) => program.byName(`semesterhub-prod-${thing}`);
const instanceType = "openstack:compute/instance:Instance";
const machineNames = ["proxy", "hub", ...[1, 2, 3, 4, 5, 6, 7].map((n) => `node-${n}`)];

function count(program: Program): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { type } of program.resources) {
    if (!type.startsWith("openstack:")) continue;
    const kind = type.split(":").at(-1) ?? "";
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

/** Everything that has to be there before a resource, by name. */
function before(program: Program, resource: Registration): ReadonlySet<string> {
  const byUrn = new Map(program.resources.map((one) => [one.urn, one]));
  const seen = new Set<string>();
  const visit = ({ dependencies, propertyDependencies, provider }: Registration): void => {
    const urns = [
      ...dependencies,
      ...Object.values(propertyDependencies).flat(),
      ...(provider === "" ? [] : [provider.split("::").slice(0, 4).join("::")]),
    ];
    for (const urn of urns) {
      const one = byUrn.get(urn);
      if (!one || seen.has(one.name)) continue;
      seen.add(one.name);
      visit(one);
    }
  };
  visit(resource);
  return seen;
}

let program: Program;
let atRackspace: Program;
/** Everything otherwise: what the project has is used, system disks are volumes, … */
let unusual: Program;
beforeAll(async () => {
  program = await declared();
  atRackspace = await declared({ openstack: { network: fixed } });
  unusual = await declared({
    openstack: {
      network: { ...existing, floatingIp: "203.0.113.20" },
      nodes: { count: 2, spread: "strict" },
      bootVolumeGb: 40,
      dataVolumeAtEnd: "delete",
      dnsZone: "example.edu",
      backupCredential: { id: "abc", secret: "p".repeat(20) },
    },
    others: { proxy: { domain: "jupyter.example.edu" } },
  });
});

describe("what there is", () => {
  test("a network of its own, behind a router", () => {
    expect(count(program)).toEqual({
      ApplicationCredential: 1,
      Container: 1,
      FloatingIp: 1,
      FloatingIpAssociate: 1,
      Instance: 9,
      Keypair: 1,
      Network: 1,
      Port: 9,
      Router: 1,
      RouterInterface: 1,
      SecGroup: 3,
      SecGroupRule: 11,
      Subnet: 1,
      Volume: 1,
      VolumeAttach: 1,
    });
    expect(find(program, "cloud-router").inputs).toMatchObject({ externalNetworkId: "public-id" });
    expect(find(program, "cloud-subnet").inputs).toMatchObject({
      networkId: "semesterhub-prod-cloud-network-id",
      cidr: "192.168.60.0/24",
      gatewayIp: "192.168.60.1",
      dnsNameservers: ["9.9.9.9"],
    });
  });

  test("two networks of the provider's: neither router nor floating IP", () => {
    expect(count(atRackspace)).toEqual({
      ApplicationCredential: 1,
      Container: 1,
      Instance: 9,
      Keypair: 1,
      Port: 18,
      SecGroup: 3,
      SecGroupRule: 11,
      Volume: 1,
      VolumeAttach: 1,
    });
  });

  test("a network and a floating IP that the project has", () => {
    expect(count(unusual)).toMatchObject({ Port: 4, FloatingIpAssociate: 1 });
    expect(count(unusual)).not.toHaveProperty("Network");
    expect(count(unusual)).not.toHaveProperty("Router");
    expect(count(unusual)).not.toHaveProperty("FloatingIp");
    expect(find(unusual, "cloud-port-hub").inputs).toMatchObject({ networkId: "campus-id" });
    expect(unusual.outputs.public).toBe("203.0.113.20");
  });

  test("a network's ID needs no look at the cloud; backups elsewhere nothing of it", async () => {
    const network = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
    const there = await declared({
      openstack: { network: { ...existing, network }, nodes: { count: 0 } },
      others: {
        backup: {
          target: "s3://host/bucket",
          s3: { accessKeyId: "id", secretAccessKey: "p".repeat(20) },
        },
      },
    });
    expect(find(there, "cloud-port-hub").inputs).toMatchObject({ networkId: network });
    expect(count(there)).not.toHaveProperty("Container");
    expect(count(there)).not.toHaveProperty("ApplicationCredential");
    expect(there.outputs).not.toHaveProperty("objectStore");
  });

  test("everything is in the stack's name and at the stack's cloud", () => {
    for (const { type, name, inputs, provider } of [
      ...program.resources,
      ...atRackspace.resources,
    ]) {
      if (!type.startsWith("openstack:")) continue;
      expect(provider).toContain("semesterhub-prod-cloud-api");
      expect(name).toMatch(/^semesterhub-prod-cloud(-|$)/);
      if (type !== "openstack:objectstorage/container:Container" && inputs.name !== undefined) {
        expect(inputs.name).toBe(name);
      }
    }
    expect(find(program, "cloud-api").inputs).toMatchObject({ cloud: "campus" });
  });
});

describe("machines boot at the same time", () => {
  test("before a VM is what it is plugged into, and nothing else", () => {
    for (const machine of machineNames) {
      expect([...before(program, find(program, `cloud-${machine}`))].sort()).toEqual(
        [
          "cloud-api",
          "cloud-key",
          "cloud-keypair",
          "cloud-machines",
          "cloud-network",
          `cloud-port-${machine}`,
          "cloud-router",
          "cloud-subnet",
          "cloud-way-out",
          ...(machine === "proxy" ? ["cloud-public"] : []),
        ]
          .map((thing) => `semesterhub-prod-${thing}`)
          .sort(),
      );
    }
  });

  test("with fixed addresses not even a network", () => {
    expect([...before(atRackspace, find(atRackspace, "cloud-node-3"))].sort()).toEqual(
      [
        "cloud-api",
        "cloud-key",
        "cloud-keypair",
        "cloud-machines",
        "cloud-outbound",
        "cloud-port-node-3",
        "cloud-port-node-3-public",
      ].map((thing) => `semesterhub-prod-${thing}`),
    );
  });

  test("the router, the floating IP, the volume and the backups wait for no subnet and no VM", () => {
    for (const thing of [
      "router",
      "address",
      "data-volume",
      "backups-container",
      "backups-credential",
    ]) {
      const waits = [...before(program, find(program, `cloud-${thing}`))];
      expect(waits.filter((name) => !name.endsWith("-api"))).toEqual([]);
    }
  });

  test("a machine's steps wait for its own VM, the proxy's and the rules that let SSH in", () => {
    const rules = program
      .byType("openstack:networking/secGroupRule:SecGroupRule")
      .map(({ name }) => name);
    const vms = (names: ReadonlySet<string>) =>
      program
        .byType(instanceType)
        .map(({ name }) => name)
        .filter((name) => names.has(name));
    const node = before(program, find(program, "machine-node-3-hostkey"));
    expect(vms(node).sort()).toEqual([
      "semesterhub-prod-cloud-node-3",
      "semesterhub-prod-cloud-proxy",
    ]);
    for (const rule of rules) expect(node).toContain(rule);
    expect(node).toContain("semesterhub-prod-cloud-address-of-proxy");
    expect(vms(before(program, find(program, "machine-proxy-hostkey")))).toEqual([
      "semesterhub-prod-cloud-proxy",
    ]);
  });

  test("one node more declares that node's things and changes none of the cloud's others", async () => {
    const larger = await declared({ openstack: { nodes: { count: 8 } } });
    const clouds = ({ resources }: Program) =>
      new Map(
        resources
          .filter(({ type }) => type.startsWith("openstack:"))
          .map(({ name, inputs }) => [name, inputs]),
      );
    const [old, now] = [clouds(program), clouds(larger)];
    expect([...now.keys()].filter((name) => !old.has(name))).toEqual([
      "semesterhub-prod-cloud-port-node-8",
      "semesterhub-prod-cloud-node-8",
    ]);
    for (const [name, inputs] of old) expect(now.get(name)).toEqual(inputs);
  });

  test("one node more changes no firewall on the other machines: their network is named", async () => {
    const larger = await declared({ openstack: { nodes: { count: 8 } } });
    for (const machine of machineNames) {
      const base = `machine-${machine}-base`;
      expect(find(larger, base).inputs).toEqual(find(program, base).inputs);
    }
  });
});

describe("a VM", () => {
  test("is made from a name, a flavor and its ports", () => {
    expect(find(program, "cloud-node-2").inputs).toMatchObject({
      flavorName: "xlarge",
      imageName: "debian-13",
      keyPair: "semesterhub-prod-cloud-keypair",
      networks: [{ port: "semesterhub-prod-cloud-port-node-2-id" }],
    });
    expect(find(program, "cloud-hub").inputs).toMatchObject({ flavorName: "large" });
    expect(find(program, "cloud-proxy").inputs).toMatchObject({ flavorName: "small" });
  });

  test.each(machineNames)("%s: no new image, user data or key replaces it", (machine) => {
    for (const from of [program, atRackspace]) {
      const vm = find(from, `cloud-${machine}`);
      expect([...vm.ignoreChanges].sort()).toEqual([
        "blockDevices",
        "imageId",
        "imageName",
        "keyPair",
        "schedulerHints",
        "userData",
      ]);
      // Its port can be in one VM only.
      expect(vm.deleteBeforeReplace).toBe(true);
      // Groups are the port's: here they would be taken from it.
      expect(vm.inputs).not.toHaveProperty("securityGroups");
      expect(vm.inputs).not.toHaveProperty("adminPass");
    }
  });

  test("only the hub's is shut down in order, for its volume", () => {
    const stopped = program.byType(instanceType).filter(({ inputs }) => inputs.stopBeforeDestroy);
    expect(stopped.map(({ name }) => name)).toEqual(["semesterhub-prod-cloud-hub"]);
  });

  test("is told nothing that is secret", () => {
    expect(userData("node-1")).toMatchSnapshot();
    for (const { inputs, secrets } of program.byType(instanceType)) {
      expect(secrets).toEqual([]);
      expect(JSON.stringify(inputs)).not.toMatch(/PRIVATE KEY|password|token/i);
    }
  });

  test("boots from a volume where its flavor has no disk: the image is said once", () => {
    const { inputs } = find(unusual, "cloud-hub");
    expect(inputs).not.toHaveProperty("imageName");
    expect(inputs).not.toHaveProperty("imageId");
    expect(inputs.blockDevices).toEqual([
      expect.objectContaining({ uuid: "debian-13-id", volumeSize: 40, deleteOnTermination: true }),
    ]);
  });

  test("nodes are spread where that is asked for, and the others don't care", () => {
    expect(count(program)).not.toHaveProperty("ServerGroup");
    expect(find(unusual, "cloud-nodes").inputs).toMatchObject({ policies: ["anti-affinity"] });
    expect(find(unusual, "cloud-node-1").inputs.schedulerHints).toEqual([
      { group: "semesterhub-prod-cloud-nodes-id" },
    ]);
    expect(find(unusual, "cloud-hub").inputs).not.toHaveProperty("schedulerHints");
  });
});

describe("who reaches what", () => {
  const groupsOf = (from: Program, port: string) =>
    (find(from, `cloud-port-${port}`).inputs.securityGroupIds as string[]).map((id) =>
      id.replace(/^semesterhub-prod-cloud-|-id$/g, ""),
    );

  test("the rules", () => {
    const rules = rulesOf({ publicPorts: [443, 80], adminCidrs: ["198.51.100.0/24"] });
    const said = Object.entries(rules).flatMap(([group, list]) =>
      list.map(({ direction, etherType, protocol = "any", ports = ["all"], from }) =>
        [
          group,
          direction,
          etherType,
          protocol,
          ports.join("-"),
          typeof from === "object" ? from.cidr : (from ?? "anywhere"),
        ].join(" "),
      ),
    );
    expect(said).toEqual([
      "machines ingress IPv4 any all machines",
      "machines egress IPv4 any all anywhere",
      "machines egress IPv6 any all anywhere",
      "public ingress IPv4 tcp 443-443 0.0.0.0/0",
      "public ingress IPv4 tcp 80-80 0.0.0.0/0",
      "public ingress IPv4 tcp 22-22 198.51.100.0/24",
      "public ingress IPv4 tcp 23760-23999 198.51.100.0/24",
      "public egress IPv4 any all anywhere",
      "public egress IPv6 any all anywhere",
      "outbound egress IPv4 any all anywhere",
      "outbound egress IPv6 any all anywhere",
    ]);
  });

  test("are declared as they are written, with nothing of the cloud's own", () => {
    const rule = (thing: string) => find(program, `cloud-${thing}`).inputs;
    expect(rule("machines-each-other")).toMatchObject({
      securityGroupId: "semesterhub-prod-cloud-machines-id",
      remoteGroupId: "semesterhub-prod-cloud-machines-id",
      direction: "ingress",
    });
    expect(rule("machines-each-other")).not.toHaveProperty("remoteIpPrefix");
    expect(rule("public-ssh-198-51-100-0-24")).toMatchObject({
      securityGroupId: "semesterhub-prod-cloud-public-id",
      protocol: "tcp",
      portRangeMin: 22,
      portRangeMax: 22,
      remoteIpPrefix: "198.51.100.0/24",
    });
    for (const group of ["machines", "public", "outbound"]) {
      expect(rule(group)).toMatchObject({ deleteDefaultRules: true });
    }
  });

  test("the world reaches the proxy's machine alone", () => {
    for (const machine of machineNames) {
      const isProxy = machine === "proxy";
      expect(groupsOf(program, machine)).toEqual(isProxy ? ["machines", "public"] : ["machines"]);
      expect(groupsOf(atRackspace, machine)).toEqual(["machines"]);
      expect(groupsOf(atRackspace, `${machine}-public`)).toEqual([isProxy ? "public" : "outbound"]);
    }
    const { inputs } = find(program, "cloud-address-of-proxy");
    expect(inputs).toEqual({
      floatingIp: "203.0.113.77",
      portId: "semesterhub-prod-cloud-port-proxy-id",
    });
  });

  test("with fixed addresses the public side comes first, and the disk says so", () => {
    const { inputs } = find(atRackspace, "cloud-hub");
    expect(inputs).toMatchObject({
      configDrive: true,
      networks: [
        { port: "semesterhub-prod-cloud-port-hub-public-id" },
        { port: "semesterhub-prod-cloud-port-hub-id" },
      ],
    });
    expect(find(program, "cloud-hub").inputs).not.toHaveProperty("configDrive");
  });

  test("machines know each other by the inner address, the world the proxy's outer one", () => {
    expect(program.outputs.public).toBe("203.0.113.77");
    expect(atRackspace.outputs.public).toBe("203.0.113.10");
    for (const from of [program, atRackspace]) {
      expect((from.outputs.addresses as object[]).slice(0, 3)).toEqual([
        { name: "proxy", inside: "192.0.2.10" },
        { name: "hub", inside: "192.0.2.11" },
        { name: "node-1", inside: "192.0.2.21" },
      ]);
    }
  });

  test("SSH goes through the proxy's machine, with a key that is a secret of the state", () => {
    const { inputs, secrets } = find(program, "machine-node-1-base");
    expect(inputs.connection).toMatchObject({
      host: "192.0.2.21",
      proxy: { host: "203.0.113.77" },
    });
    expect(secrets.some((path) => path.startsWith("connection"))).toBe(true);
    expect(find(program, "cloud-keypair").inputs).toMatchObject({ publicKey: "ssh-ed25519 AAAA" });
  });
});

describe("the data volume", () => {
  test("is protected, grows while it is used, and is the hub's", () => {
    const volume = find(program, "cloud-data-volume");
    expect(volume).toMatchObject({
      protect: true,
      inputs: { size: 3000, enableOnlineResize: true },
    });
    expect(find(program, "cloud-data-attached")).toMatchObject({
      deleteBeforeReplace: true,
      deletedWith: find(program, "cloud-hub").urn,
      inputs: {
        instanceId: "semesterhub-prod-cloud-hub-id",
        volumeId: "semesterhub-prod-cloud-data-volume-id",
      },
    });
  });

  test("goes with the semester only where the configuration says so", () => {
    expect(find(unusual, "cloud-data-volume").protect).toBe(false);
  });

  test("is mounted where the files belong, again when it grew or the machine was made again", () => {
    const mount = find(program, "cloud-data-mount");
    expect(unpacked(mount.inputs.stdin).environment).toMatchObject({
      VOLUME: "semesterhub-prod-cloud-data-volume-id",
      DEVICE: "/dev/vdb",
      GIGABYTES: "3000",
      MOUNT: "/var/lib/semesterhub/prod",
      INSTANCE: "semesterhub-prod-cloud-hub-id",
    });
    expect(mount.deletedWith).toBe(find(program, "cloud-hub").urn);
    expect(before(program, mount)).toContain("semesterhub-prod-cloud-data-attached");
    expect(program.outputs.storagePath).toBe("/var/lib/semesterhub/prod");
  });
});

describe("backups", () => {
  test("go to a container that stays, with a credential of their own", () => {
    expect(find(program, "cloud-backups-container")).toMatchObject({
      protect: true,
      inputs: { name: "semesterhub-prod-backups" },
    });
    expect(find(program, "cloud-backups-credential").inputs).toMatchObject({ unrestricted: false });
    expect(program.outputs.objectStore).toEqual({
      container: "semesterhub-prod-backups",
      authUrl: "https://cloud.example.edu:5000/v3",
      credentialId: "semesterhub-prod-cloud-backups-credential-id",
      credentialSecret: "p".repeat(24),
    });
    expect(program.secretOutputs).toContain("objectStore.credentialSecret");
  });

  test("use the credential that is given, and make none", () => {
    expect(count(unusual)).not.toHaveProperty("ApplicationCredential");
    expect(unusual.outputs.objectStore).toMatchObject({ credentialId: "abc" });
    expect(unusual.secretOutputs).toContain("objectStore.credentialSecret");
  });
});

describe("the proxy's name", () => {
  test("is in the cloud's name service where that has the zone", () => {
    expect(count(program)).not.toHaveProperty("RecordSet");
    expect(find(unusual, "cloud-domain").inputs).toEqual({
      zoneId: "example.edu.-id",
      name: "jupyter.example.edu.",
      type: "A",
      ttl: 300,
      records: ["203.0.113.20"],
    });
  });
});

describe("what goes with a machine", () => {
  test("is not undone when its VM goes, but for what says so", () => {
    for (const machine of machineNames) {
      const vm = find(program, `cloud-${machine}`);
      const steps = program.resources.filter(
        ({ type, name }) =>
          type === "command:remote:Command" &&
          name.startsWith(`semesterhub-prod-machine-${machine}-`) &&
          // A forward is on the proxy's machine, and who lets a node in is the hub's.
          !/-(forward|admitted)$/.test(name),
      );
      expect(steps.length).toBeGreaterThanOrEqual(4);
      for (const step of steps) expect(step.deletedWith).toBe(vm.urn);
    }
  });
});

describe("a first preview", () => {
  test("declares the same, whatever is still unknown", async () => {
    const first = await declared({ preview: true, openstack: { nodes: { count: 1 } } });
    expect(count(first)).toMatchObject({ Instance: 3, Port: 3, Volume: 1, SecGroupRule: 11 });
  });
});
