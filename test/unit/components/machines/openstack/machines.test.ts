// The openstack platform: its VMs, in what order they are made, and what never replaces them.
import { userData } from "../../../../../components/machines/openstack/userData";
import { owned } from "../../../lib/machinesOf";
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
      expect([...before(program, find(program, `${machine}-vm`))].sort()).toEqual(
        [
          "cloud-api",
          "cloud-lookups",
          "ssh-key",
          "keypair",
          "group-machines",
          "network",
          `${machine}-port`,
          "router",
          "subnet",
          "way-out",
          ...(machine === "proxy" ? ["group-public"] : []),
        ].sort(),
      );
    }
  });

  test("with fixed addresses not even a network", () => {
    expect([...before(rackspace, find(rackspace, "node-3-vm"))].sort()).toEqual([
      "cloud-api",
      "cloud-lookups",
      "group-machines",
      "group-outbound",
      "keypair",
      "node-3-port",
      "node-3-public-port",
      "ssh-key",
    ]);
  });

  test("the router, the floating IP, the volume and the backups wait for no subnet and no VM", () => {
    for (const thing of [
      "router",
      "address",
      "data-volume",
      "backup-container",
      "backup-credential",
    ]) {
      const waits = [...before(program, find(program, thing))];
      expect(waits.filter((name) => !/-(api|lookups)$/.test(name))).toEqual([]);
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
    const node = before(program, find(program, "nodes-node-3-hostkey"));
    expect(vms(node).sort()).toEqual(["node-3-vm", "proxy-vm"]);
    for (const rule of rules) expect(node).toContain(rule);
    expect(node).toContain("address-of-proxy");
    expect(vms(before(program, find(program, "proxy-hostkey")))).toEqual(["proxy-vm"]);
  });
});

describe("a VM", () => {
  test("is made from a name, a flavor and its ports", () => {
    expect(find(program, "node-2-vm").inputs).toMatchObject({
      flavorName: "xlarge",
      imageName: "debian-13",
      keyPair: "semesterhub-prod-cloud-keypair",
      networks: [{ port: "node-2-port-id" }],
    });
    expect(find(program, "hub-vm").inputs).toMatchObject({ flavorName: "large" });
    expect(find(program, "proxy-vm").inputs).toMatchObject({ flavorName: "small" });
  });

  test("nothing replaces the data volume, which a new one would leave empty", () => {
    expect(find(other, "data-volume").ignoreChanges).toEqual(
      expect.arrayContaining(["availabilityZone", "snapshotId", "sourceVolId", "volumeType"]),
    );
  });

  test.each(machineNames)("%s: no new image, user data or key replaces it", (machine) => {
    for (const from of [program, rackspace]) {
      const vm = find(from, `${machine}-vm`);
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
    expect(stopped.map(({ name }) => name)).toEqual(["hub-vm"]);
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
    const { inputs } = find(other, "hub-vm");
    expect(inputs).not.toHaveProperty("imageName");
    expect(inputs).not.toHaveProperty("imageId");
    expect(inputs.blockDevices).toEqual([
      expect.objectContaining({ uuid: "debian-13-id", volumeSize: 40, deleteOnTermination: true }),
    ]);
  });

  test("nodes are spread where that is asked for, and the others don't care", () => {
    expect(count(program)).not.toHaveProperty("ServerGroup");
    expect(find(other, "nodes-apart").inputs).toMatchObject({ policies: ["anti-affinity"] });
    expect(find(other, "node-1-vm").inputs.schedulerHints).toEqual([{ group: "nodes-apart-id" }]);
    expect(find(other, "hub-vm").inputs).not.toHaveProperty("schedulerHints");
  });
});

describe("what goes with a machine", () => {
  test("is not undone when its VM goes, but for what says so", () => {
    for (const machine of machineNames) {
      const vm = find(program, `${machine}-vm`);
      const steps = program.resources.filter(
        ({ type, name }) =>
          type === "command:remote:Command" &&
          name.startsWith(`${owned(machine)}-`) &&
          // A forward is on the proxy's machine, and who lets a node in is the hub's.
          !/-(forward|admitted)$/.test(name),
      );
      expect(steps.length).toBeGreaterThanOrEqual(4);
      for (const step of steps) expect(step.deletedWith).toBe(vm.urn);
    }
  });
});
