// The openstack platform: its VMs, in what order they are made, and what never replaces them.
import { userData } from "../../../../../components/machines/openstack/userData";
import type { Program } from "../../../lib/harness";
import {
  atRackspace,
  before,
  count,
  find,
  instanceType,
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
    expect([...before(rackspace, find(rackspace, "cloud-node-3"))].sort()).toEqual(
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

  test("nothing replaces the data volume, which a new one would leave empty", () => {
    expect(find(other, "cloud-data-volume").ignoreChanges).toEqual(
      expect.arrayContaining(["availabilityZone", "snapshotId", "sourceVolId", "volumeType"]),
    );
  });

  test.each(machineNames)("%s: no new image, user data or key replaces it", (machine) => {
    for (const from of [program, rackspace]) {
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
    expect(userData("node-1")).toMatchInlineSnapshot(`
     "#cloud-config
     {
       "hostname": "node-1",
       "preserve_hostname": false,
       "manage_etc_hosts": "localhost",
       "ssh_pwauth": false,
       "disable_root": true,
       "package_update": false,
       "package_upgrade": false
     }
     "
    `);
    for (const { inputs, secrets } of program.byType(instanceType)) {
      expect(secrets).toEqual([]);
      expect(JSON.stringify(inputs)).not.toMatch(/PRIVATE KEY|password|token/i);
    }
  });

  test("boots from a volume where its flavor has no disk: the image is said once", () => {
    const { inputs } = find(other, "cloud-hub");
    expect(inputs).not.toHaveProperty("imageName");
    expect(inputs).not.toHaveProperty("imageId");
    expect(inputs.blockDevices).toEqual([
      expect.objectContaining({ uuid: "debian-13-id", volumeSize: 40, deleteOnTermination: true }),
    ]);
  });

  test("nodes are spread where that is asked for, and the others don't care", () => {
    expect(count(program)).not.toHaveProperty("ServerGroup");
    expect(find(other, "cloud-nodes").inputs).toMatchObject({ policies: ["anti-affinity"] });
    expect(find(other, "cloud-node-1").inputs.schedulerHints).toEqual([
      { group: "semesterhub-prod-cloud-nodes-id" },
    ]);
    expect(find(other, "cloud-hub").inputs).not.toHaveProperty("schedulerHints");
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
