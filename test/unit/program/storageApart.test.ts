// What is declared where the files have a machine of their own, and where the campus has them: who runs
// there, who reaches it, and where the hub's database is.
import { fakeMachinesApart } from "../lib/fakeMachines";
import { runProgram, type Program } from "../lib/harness";
import { unpacked } from "../../../scripts/plan/mocks";
import { prod } from "../lib/prod";
import { looking, onCampus, run as runSeveral } from "../lib/several";
import * as openstack from "../lib/openstack";
import { address, connection, internal, machine, run as runHosts, step } from "../lib/sshMachines";

let program: Program;
let shared: Program;
let hosts: Program;
beforeAll(async () => {
  const machines = fakeMachinesApart(2);
  program = await runProgram({ stack: "prod", config: prod, machines });
  shared = await runSeveral(2, onCampus());
  hosts = await runHosts(2, { storage: machine(12) });
});

const { find, environment, taskSpec, settings, waitsFor } = looking(() => program);
/** The machine of its own. */
const there = { host: "192.168.60.12" };
const atStorage = ["node.labels.semesterhub.role.prod==storage"];

test("the program ends without an error", () => {
  expect(program.error?.message).toBeUndefined();
  expect(shared.error?.message).toBeUndefined();
  expect(hosts.error?.message).toBeUndefined();
});

describe("a machine of its own", () => {
  test("joins the Swarm and has its role before anything is to run there; students' servers never do", () => {
    expect(environment("storage-open")).toMatchObject({
      ROLE: "storage",
      NODE: "node-at-192.168.60.12",
    });
    expect(environment("open-node-1")).toMatchObject({ ROLE: "node" });
    for (const service of ["homes", "backup"]) {
      expect(taskSpec(service).placement?.constraints).toEqual(atStorage);
      expect(waitsFor(find(service), find("storage-open").urn)).toBe(true);
    }
    expect(settings().constraints).toEqual(["node.labels.semesterhub.role.prod==node"]);
    expect(program.resources.map(({ name }) => name)).not.toContain("open-storage");
  });

  test("has the tree, exports it to the nodes, and pulls what it runs", () => {
    expect(find("tree").inputs.connection).toMatchObject(there);
    expect(environment("storage-node-2")).toMatchObject({ SERVER: "192.168.60.12" });
    for (const image of ["homes", "backup"]) {
      expect(taskSpec(image).containerSpec.image).toContain("@sha256:");
      expect(waitsFor(find(image), find(`${image}-pull-storage`).urn)).toBe(true);
    }
    expect(taskSpec("hub").containerSpec.image).not.toContain("@sha256:");
  });

  test("the hub asks for homes over the control network, with the certificate that it has already", () => {
    expect(settings()).toMatchObject({ homesUrl: "https://homes:8443" });
    const homes = taskSpec("homes").containerSpec;
    expect(homes.env).toMatchObject({ HOMES_TLS_PORT: "8443" });
    expect(homes.secrets.map(({ fileName }) => fileName)).toEqual([
      "homes-ca",
      "homes-cert",
      "homes-key",
    ]);
    const networks = (
      find("homes").inputs.taskSpec as {
        networksAdvanceds: { id: string; aliases: string[] }[];
      }
    ).networksAdvanceds;
    expect(networks).toHaveLength(1);
    expect(networks[0]?.aliases).toEqual(["homes"]);
    expect(networks[0]?.id).toBe("control-id");
    const targets = taskSpec("hub").containerSpec.mounts.map(({ target }) => target);
    expect(targets).not.toContain("/run/semesterhub");
    expect(find("homes-request").inputs).toMatchObject({ dnsNames: ["homes"] });
  });

  test("the last backup is taken there", () => {
    for (const thing of ["final-backup", "pre-destroy-backup"]) {
      expect(find(thing).inputs.connection).toMatchObject(there);
      expect(find(thing).inputs.delete).toContain("docker exec");
      expect(JSON.stringify(find(thing).inputs)).toContain("semesterhub-prod-backup");
    }
  });
});

describe("the hub's database", () => {
  const sourceOf = (target: string, of: Program) =>
    looking(() => of)
      .taskSpec("hub")
      .containerSpec.mounts.find((mount) => mount.target === target)?.source;

  test.each([
    ["with a machine for the files", () => program],
    ["with a file system of the campus", () => shared],
  ])("%s it is on the hub's own disk, and the tree gets a copy", (_, of) => {
    expect(sourceOf("/srv/hub", of())).toBe("/var/lib/semesterhub-hub/prod");
    expect(looking(of).settings()).toMatchObject({ keepsDatabase: true });
    expect(looking(of).environment("hub-database")).toMatchObject({
      FOLDER: "/var/lib/semesterhub-hub/prod",
      MODE: "0700",
    });
  });

  test("the statistics' is where the files are, and never on the campus's file system", () => {
    const mounts = (of: Program) =>
      Object.fromEntries(
        looking(() => of)
          .taskSpec("statistics")
          .containerSpec.mounts.map(({ source, target }) => [target, source]),
      );
    expect(mounts(program)).toMatchObject({
      "/srv/statistics": expect.stringMatching(/\/prod\/statistics$/) as string,
    });
    expect(mounts(program)).not.toHaveProperty("/srv/kept");
    expect(mounts(shared)).toMatchObject({
      "/srv/statistics": "/var/lib/semesterhub-statistics/prod",
      "/srv/kept": expect.stringMatching(/\/statistics$/) as string,
    });
  });

  test("the campus's file system needs no network to the homes service", () => {
    expect(looking(() => shared).settings()).toMatchObject({
      homesUrl: "unix:///run/semesterhub/homes.sock",
    });
  });

  test("where the hub has the tree it is in it", async () => {
    const usual = await runSeveral(7);
    expect(sourceOf("/srv/hub", usual)).toMatch(/\/hub$/);
    expect(looking(() => usual).settings()).toMatchObject({ keepsDatabase: false });
  });
});

describe("on hosts", () => {
  const ground = (name: string) => unpacked(step(hosts, name, "base").inputs.stdin).environment;
  const open = (name: string) =>
    [
      ...(ground(name).RULES ?? "").matchAll(
        /(?:dport|proto-dst|l4proto) (\d+) ip saddr @(\w+) accept/g,
      ),
    ].map(([, port = "", from = ""]) => `${port} ${from}`);

  test("it alone serves files, to the nodes alone", () => {
    expect(open("storage")).toEqual([
      "2376 proxy",
      "7946 internal",
      "4789 hub",
      "50 hub",
      "2049 nodes",
    ]);
    expect(open("hub")).not.toContain("2049 nodes");
    expect(open("node-1")).not.toContain("2049 nodes");
  });

  test("no container has business with it", () => {
    for (const name of ["hub", "storage", "node-1"]) {
      const [, closed = ""] = /closed \{ (.*) \}/.exec(ground(name).RULES ?? "") ?? [];
      expect(closed.split(", ")).toEqual(expect.arrayContaining([internal(12), address(12)]));
    }
  });

  test("both machines let each node in, and the hub's lets it in", () => {
    expect(connection(step(hosts, "node-2", "admitted"))).toMatchObject({ host: address(11) });
    expect(connection(step(hosts, "node-2", "admitted-storage"))).toMatchObject({
      host: address(12),
    });
    expect(connection(step(hosts, "storage", "admitted"))).toMatchObject({ host: address(11) });
    const ready = step(hosts, "node-2", "engine").dependencies;
    expect(ready).toContain(step(hosts, "node-2", "admitted-storage").urn);
  });

  test("its engine is reached by a forward of its own name", () => {
    const { environment } = unpacked(step(hosts, "storage", "forward").inputs.stdin);
    expect(environment.FORWARD).toBe("dev-storage");
  });

  test("it claims the folder, the hub's machine the networks", () => {
    expect(ground("storage").RESERVATION).toContain("folder\tstorage.path");
    expect(ground("storage").RESERVATION).toContain(`the files of the hub at ${internal(11)}`);
    expect(ground("hub").RESERVATION).not.toContain("folder\tstorage.path");
    expect(ground("hub").RESERVATION).toContain("network\tnetworks.course");
  });
});

test("in a cloud it is a VM of its own flavor, and has the volume", async () => {
  const cloud = await openstack.withStorage();
  expect(cloud.error?.message).toBeUndefined();
  expect(openstack.find(cloud, "storage-vm").inputs).toMatchObject({
    flavorName: "store",
    stopBeforeDestroy: true,
  });
  expect(openstack.find(cloud, "hub-vm").inputs.stopBeforeDestroy).toBeUndefined();
  expect(openstack.find(cloud, "data-attached").inputs.instanceId).toBe("storage-vm-id");
});
