// The openstack platform: networks, rules, the data volume, backups and names.
import { rulesOf } from "../../../../../components/machines/openstack/rules";
import type { Program } from "../../../lib/harness";
import { unpacked } from "../../../../../scripts/plan/mocks";
import {
  atRackspace,
  before,
  count,
  declared,
  existing,
  find,
  machineNames,
  unusual,
  usual,
} from "../../../lib/openstack";

let program: Program;
let rackspace: Program;
let other: Program;
beforeAll(async () => {
  program = await usual();
  rackspace = await atRackspace();
  other = await unusual();
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
    expect(find(program, "router").inputs).toMatchObject({ externalNetworkId: "public-id" });
    expect(find(program, "subnet").inputs).toMatchObject({
      networkId: "network-id",
      cidr: "192.168.60.0/24",
      gatewayIp: "192.168.60.1",
      dnsNameservers: ["9.9.9.9"],
    });
  });

  test("two networks of the provider's: neither router nor floating IP", () => {
    expect(count(rackspace)).toEqual({
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
    expect(count(other)).toMatchObject({ Port: 4, FloatingIpAssociate: 1 });
    expect(count(other)).not.toHaveProperty("Network");
    expect(count(other)).not.toHaveProperty("Router");
    expect(count(other)).not.toHaveProperty("FloatingIp");
    expect(find(other, "hub-port").inputs).toMatchObject({ networkId: "campus-id" });
    expect(other.outputs.public).toBe("203.0.113.20");
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
    expect(find(there, "hub-port").inputs).toMatchObject({ networkId: network });
    expect(count(there)).not.toHaveProperty("Container");
    expect(count(there)).not.toHaveProperty("ApplicationCredential");
    expect(there.outputs).not.toHaveProperty("objectStore");
  });

  test("everything is in the stack's name and at the stack's cloud", () => {
    for (const { type, name, inputs, provider } of [...program.resources, ...rackspace.resources]) {
      if (!type.startsWith("openstack:")) continue;
      expect(provider).toContain("cloud-api");
      expect(name).not.toContain("prod");
      if (type !== "openstack:objectstorage/container:Container" && inputs.name !== undefined) {
        expect(inputs.name).toMatch(/^semesterhub-prod-cloud-/);
      }
    }
    expect(find(program, "cloud-api").inputs).toMatchObject({ cloud: "campus" });
  });
});

describe("who reaches what", () => {
  const groupsOf = (from: Program, port: string) =>
    (find(from, `${port}-port`).inputs.securityGroupIds as string[]).map((id) =>
      id.replace(/^group-|-id$/g, ""),
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
    const rule = (thing: string) => find(program, thing).inputs;
    expect(rule("machines-each-other")).toMatchObject({
      securityGroupId: "group-machines-id",
      remoteGroupId: "group-machines-id",
      direction: "ingress",
    });
    expect(rule("machines-each-other")).not.toHaveProperty("remoteIpPrefix");
    expect(rule("public-ssh-198-51-100-0-24")).toMatchObject({
      securityGroupId: "group-public-id",
      protocol: "tcp",
      portRangeMin: 22,
      portRangeMax: 22,
      remoteIpPrefix: "198.51.100.0/24",
    });
    for (const group of ["machines", "public", "outbound"]) {
      expect(rule(`group-${group}`)).toMatchObject({ deleteDefaultRules: true });
    }
  });

  test("the world reaches the proxy's machine alone", () => {
    for (const machine of machineNames) {
      const isProxy = machine === "proxy";
      expect(groupsOf(program, machine)).toEqual(isProxy ? ["machines", "public"] : ["machines"]);
      expect(groupsOf(rackspace, machine)).toEqual(["machines"]);
      expect(groupsOf(rackspace, `${machine}-public`)).toEqual([isProxy ? "public" : "outbound"]);
    }
    const { inputs } = find(program, "address-of-proxy");
    expect(inputs).toEqual({
      floatingIp: "203.0.113.77",
      portId: "proxy-port-id",
    });
  });

  test("with fixed addresses the public side comes first, and the disk says so", () => {
    const { inputs } = find(rackspace, "hub-vm");
    expect(inputs).toMatchObject({
      configDrive: true,
      networks: [{ port: "hub-public-port-id" }, { port: "hub-port-id" }],
    });
    expect(find(program, "hub-vm").inputs).not.toHaveProperty("configDrive");
  });

  test("machines know each other by the inner address, the world the proxy's outer one", () => {
    expect(program.outputs.public).toBe("203.0.113.77");
    expect(rackspace.outputs.public).toBe("203.0.113.10");
    for (const from of [program, rackspace]) {
      expect((from.outputs.addresses as object[]).slice(0, 3)).toEqual([
        { name: "proxy", inside: "192.0.2.10" },
        { name: "hub", inside: "192.0.2.11" },
        { name: "node-1", inside: "192.0.2.21" },
      ]);
    }
  });

  test("SSH goes through the proxy's machine, with a key that is a secret of the state", () => {
    const { inputs, secrets } = find(program, "nodes-node-1-base");
    expect(inputs.connection).toMatchObject({
      host: "192.0.2.21",
      proxy: { host: "203.0.113.77" },
    });
    expect(secrets.some((path) => path.startsWith("connection"))).toBe(true);
    expect(find(program, "keypair").inputs).toMatchObject({ publicKey: "ssh-ed25519 AAAA" });
  });
});

describe("the data volume", () => {
  test("is protected, never replaced, grows while it is used, and is the hub's", () => {
    const volume = find(program, "data-volume");
    expect(volume).toMatchObject({
      protect: true,
      ignoreChanges: expect.arrayContaining(["availabilityZone", "sourceVolId"]) as unknown,
      inputs: { size: 3000, enableOnlineResize: true },
    });
    expect(find(program, "data-attached")).toMatchObject({
      deleteBeforeReplace: true,
      deletedWith: find(program, "hub-vm").urn,
      inputs: {
        instanceId: "hub-vm-id",
        volumeId: "data-volume-id",
      },
    });
  });

  test("goes with the semester only where the configuration says so", () => {
    expect(find(other, "data-volume").protect).toBe(false);
  });

  test("is one that is there already where `up --take-volume` says so", async () => {
    expect(find(program, "data-volume").importId).toBe("");
    process.env["SEMESTERHUB_TAKE_VOLUME"] = "0f5e";
    try {
      expect(find(await declared(), "data-volume").importId).toBe("0f5e");
    } finally {
      delete process.env["SEMESTERHUB_TAKE_VOLUME"];
    }
  });

  test("is mounted where the files belong, again when it grew or the machine was made again", () => {
    const mount = find(program, "data-mount");
    expect(unpacked(mount.inputs.stdin).environment).toMatchObject({
      VOLUME: "data-volume-id",
      DEVICE: "/dev/vdb",
      GIGABYTES: "3000",
      MOUNT: "/var/lib/semesterhub/prod",
      INSTANCE: "hub-vm-id",
    });
    expect(mount.deletedWith).toBe(find(program, "hub-vm").urn);
    expect(before(program, mount)).toContain("data-attached");
    expect(program.outputs.storagePath).toBe("/var/lib/semesterhub/prod");
  });
});

describe("backups", () => {
  test("go to a container that stays, with a credential of their own", () => {
    expect(find(program, "backup-container")).toMatchObject({
      protect: true,
      inputs: { name: "semesterhub-prod-backups" },
    });
    expect(find(program, "backup-credential").inputs).toMatchObject({ unrestricted: false });
    expect(program.outputs.objectStore).toEqual({
      container: "semesterhub-prod-backups",
      authUrl: "https://cloud.example.edu:5000/v3",
      credentialId: "backup-credential-id",
      credentialSecret: "p".repeat(24),
    });
    expect(program.secretOutputs).toContain("objectStore.credentialSecret");
  });

  test("use the credential that is given, and make none", () => {
    expect(count(other)).not.toHaveProperty("ApplicationCredential");
    expect(other.outputs.objectStore).toMatchObject({ credentialId: "abc" });
    expect(other.secretOutputs).toContain("objectStore.credentialSecret");
  });
});

describe("the proxy's name", () => {
  test("is in the cloud's name service where that has the zone", () => {
    expect(count(program)).not.toHaveProperty("RecordSet");
    expect(find(other, "domain").inputs).toEqual({
      zoneId: "example.edu.-id",
      name: "jupyter.example.edu.",
      type: "A",
      ttl: 300,
      records: ["203.0.113.20"],
    });
  });
});

describe("a first preview", () => {
  test("declares the same, whatever is still unknown", async () => {
    const first = await declared({ preview: true, openstack: { nodes: { count: 1 } } });
    expect(count(first)).toMatchObject({ Instance: 3, Port: 3, Volume: 1, SecGroupRule: 11 });
  });
});
