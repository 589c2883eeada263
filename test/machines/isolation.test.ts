// What a student's container on a node can't reach, and who reaches which port of the machines.
import {
  addressOf,
  MachineCourse,
  onMachine,
  storageApart,
  takesImages,
} from "../lib/machineCourse";
import type { HubUser } from "../lib/hubUser";
import {
  controlAddress,
  list,
  openPorts,
  overlayAddress,
  probeFrom,
  type Probe,
} from "../lib/machineProbes";
import { until } from "../lib/until";

let course: MachineCourse;
let ada: HubUser;

beforeAll(async () => {
  course = await MachineCourse.current();
  ada = await course.logIn("ada");
  await ada.start(180);
  await (await course.logIn("grace")).start(180);
});

/** The gateways of Ada's container: her node, as she sees it. */
async function gateways(): Promise<string[]> {
  const server = await course.server("ada");
  if (server === undefined) throw new Error("Ada has no server");
  const format = "{{range .NetworkSettings.Networks}}{{.Gateway}}\n{{end}}";
  const words = ["network", "inspect", "docker_gwbridge", "--format"];
  const bridge = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
  const own = await onMachine(server.machine, "docker", "inspect", "--format", format, server.id);
  const shared = await onMachine(server.machine, "docker", ...words, bridge);
  return [...own.split("\n"), shared].filter((address) => address !== "");
}

async function closed(): Promise<readonly Probe[]> {
  const machine = [22, 80, 443, 2049, 2375, 2376, 2377, 5000, 5432, 7946, 8000, 8001];
  const grace = await course.server("grace");
  if (grace === undefined) throw new Error("Grace has no server");
  const [hub, chp] = [await course.service("hub"), await course.service("chp")];
  return [
    ["the cloud's metadata", "169.254.169.254", [80]],
    ["the hub's machine (SSH, NFS, Docker, Swarm, registry, chp)", await addressOf("hub"), machine],
    ["the proxy's machine", await addressOf("proxy"), [...machine, 23760, 23761]],
    ...(storageApart
      ? ([
          ["the files' machine", await addressOf("storage"), machine],
          [
            "the homes service",
            await controlAddress("storage", await course.service("homes")),
            [8443],
          ],
        ] as const)
      : []),
    ["the own node", await addressOf("node-1"), machine],
    ...(await gateways()).map((gateway): Probe => ["the own node, by a gateway", gateway, machine]),
    ["another node", await addressOf("node-2"), machine],
    ["the operator's computer", (await addressOf("hub")).replace(/\d+$/, "1"), [22, 80]],
    ["a private range", "10.99.0.1", [80]],
    ["a private range", "172.16.99.1", [80]],
    ["a private range", "192.168.99.1", [80]],
    ["a private range", "100.64.0.1", [80]],
    ["another student", await overlayAddress(grace.machine, grace.id), [8888, 8081, 22]],
    [
      "the hub but for its API (database)",
      await overlayAddress("hub", hub),
      [22, 5432, 8000, 8888],
    ],
    ["chp", await overlayAddress("hub", chp), [8000, 8001, 8002]],
  ];
}

async function expectClosed(): Promise<void> {
  const [api] = await probeFrom(course, "ada", [["the hub's API", "hub", [8081]]]);
  // Or the other probes would prove nothing.
  expect(api).toMatchObject({ result: "open" });
  const results = await probeFrom(course, "ada", await closed());
  list(results);
  expect(results.filter(({ result }) => result === "open")).toEqual([]);
}

test("a student's container reaches the hub's API and nothing else", expectClosed);

test("each port of a machine is open to the machines that need it", async () => {
  const all = [22, 443, 2376, 2377, 5000, 7946, 8000, 23760, 23761];
  // None where the images come from elsewhere.
  const registry = takesImages ? [] : ["5000"];
  // SSH is the bastion's; 7946 is Swarm's gossip, which only its members understand.
  expect(await openPorts("proxy", "hub", all)).toEqual(["22", "2376", ...registry, "7946", "8000"]);
  expect(await openPorts("node-1", "hub", all)).toEqual(["2377", ...registry, "7946"]);
  expect(await openPorts("hub", "node-1", all)).toEqual(["7946"]);
  expect(await openPorts("proxy", "node-1", all)).toEqual(["22", "2376", "7946"]);
  expect(await openPorts("hub", "proxy", all)).toEqual(["443"]);
  // A machine beside them that is none of the course's.
  expect(await openPorts("node-2", "hub", all)).toEqual(["7946"]);
  expect(await openPorts("node-2", "node-1", all)).toEqual(["7946"]);
  expect(await openPorts("node-2", "proxy", all)).toEqual(["443"]);
  if (!storageApart) return;
  expect(await openPorts("proxy", "storage", all)).toEqual(["22", "2376", "7946"]);
  for (const other of ["hub", "node-1", "node-2"]) {
    expect(await openPorts(other, "storage", all)).toEqual(["7946"]);
  }
});

test("the same holds when the node's Docker daemon has restarted", async () => {
  await onMachine("node-1", "systemctl", "restart", "docker");
  await until(
    "the node to be in the Swarm again",
    async () => {
      const state = await onMachine("hub", "docker", "node", "ls", "--format", "{{.Status}}");
      return state.includes("Down") ? undefined : state;
    },
    { seconds: 120 },
  );
  for (const name of ["ada", "grace"]) {
    const user = await course.logIn(name);
    await until(
      `${name}'s server`,
      async () => {
        await user.start(120);
        return course.server(name);
      },
      { seconds: 240, everyMs: 2000 },
    );
  }
  await expectClosed();
});
