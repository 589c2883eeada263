// A prototype beside the course, on the same machines: neither is in the other's way, from its first up
// to its end.
import { Kernel } from "../lib/kernel";
import type { HubUser } from "../lib/hubUser";
import {
  addressOf,
  bedStack,
  MachineCourse,
  onMachine,
  operate,
  operateOn,
  say,
  takesImages,
} from "../lib/machineCourse";
import { list, openPorts, overlayAddress, probeFrom, type Probe } from "../lib/machineProbes";
import { tryOperator } from "../lib/semester";

const machines = ["proxy", "hub", "node-1"];
/** As test/lib/machines.mjs calls it. */
const second = `${bedStack}-b`;
let course: MachineCourse;
let ada: HubUser;
let kernel: Kernel;

beforeAll(async () => {
  course = await MachineCourse.current();
  ada = await course.logIn("ada");
  await ada.start(180);
  await ada.enter();
  kernel = await Kernel.start(ada);
  await kernel.run("x = 41");
});

/** What semesterhub has of a machine: its files but for secrets, its units, its firewall. */
const traces = (machine: string) =>
  onMachine(
    machine,
    "sh",
    "-c",
    `find /etc/semesterhub /etc/systemd/system /etc/docker /etc/exports.d -type f 2>/dev/null | sort | xargs sha256sum
     nft list table inet semesterhub_machine
     docker ps --quiet --no-trunc | sort`,
  );
const allTraces = () => Promise.all(machines.map(traces));

async function stillAtWork(): Promise<void> {
  expect(await kernel.run("print(x + 1)")).toBe("42\n");
}

test("a second stack in the same slot is refused before anything is touched", async () => {
  const before = await allTraces();
  await MachineCourse.configureBeside(0);
  const { code, stdout, stderr, seconds } = await tryOperator(second, "up", "--yes");
  expect(code).not.toBe(0);
  const said = stdout + stderr;
  // Pulumi gives up with the first machine that refuses, whichever that is.
  expect(said).toMatch(/(proxy|hub|node-1): another semester is on this machine, and nothing/);
  expect(said).toContain(`hosts.slot: 0 is taken by the stack ${bedStack}: choose another`);
  say(`refused after ${seconds.toFixed(0)} s`);
  expect(await allTraces()).toEqual(before);
  await stillAtWork();
});

test("in a slot of its own it comes up, and the first goes on", async () => {
  await MachineCourse.configureBeside(1);
  const { seconds } = await operateOn(second, "up", "--yes");
  say(`up of a second stack on three machines: ${seconds.toFixed(0)} s`);
  await stillAtWork();
});

test("a student logs in on each, and works beside the other", async () => {
  const beside = await MachineCourse.current(second);
  expect(new URL(beside.outputs.url).port).toBe("8443");
  const theirs = await beside.logIn("ada");
  await theirs.start(180);
  expect(await beside.server("ada")).toMatchObject({ machine: "node-1" });
  await theirs.enter();
  const other = await Kernel.start(theirs);
  expect(await other.run("open('kept.txt', 'w').write('second'); print(6 * 7)")).toBe("42\n");
  // Neither the name nor the home is the other's.
  expect(await kernel.run("print(open('kept.txt').read())")).toBe("kept\n");
  const alan = await course.logIn("alan");
  await alan.start(180);
  await alan.stop();
  await stillAtWork();
});

test("the first has no change to make, and the second neither", async () => {
  await operate("up", "--yes", "--expect-no-changes");
  await operateOn(second, "up", "--yes", "--expect-no-changes");
  await stillAtWork();
});

/** What students must not reach of a course, their own or another one. */
async function closed(of: MachineCourse): Promise<readonly Probe[]> {
  const ports = [22, 443, 2376, 2377, 2386, 5000, 5001, 7946, 8000, 8001, 8080, 8443];
  const server = await of.server("ada");
  if (server === undefined) throw new Error("Ada has no server");
  const student = await overlayAddress(server.machine, server.id);
  const hub = await overlayAddress("hub", await of.service("hub"));
  const chp = await overlayAddress("hub", await of.service("chp"));
  return [
    ["the hub's machine", await addressOf("hub"), ports],
    ["the proxy's machine", await addressOf("proxy"), [...ports, 23761, 24001]],
    ["the own node", await addressOf("node-1"), ports],
    [`a student of ${of.stack}`, student, [8888, 8081, 22]],
    [`the hub of ${of.stack}`, hub, [8081, 8000, 22]],
    [`chp of ${of.stack}`, chp, [8000, 8001]],
  ];
}

test("a student of one reaches nothing of the other", async () => {
  const beside = await MachineCourse.current(second);
  for (const [from, to] of [
    [course, beside],
    [beside, course],
  ] as const) {
    const [api] = await probeFrom(from, "ada", [["its own hub's API", "hub", [8081]]]);
    expect(api).toMatchObject({ result: "open" });
    say(`from a student of ${from.stack}:`);
    const results = await probeFrom(from, "ada", await closed(to));
    list(results);
    expect(results.filter(({ result }) => result === "open")).toEqual([]);
  }
});

test("each port is open to the machines that need it, after the firewall was loaded anew too", async () => {
  const all = [22, 443, 2376, 2377, 2386, 5000, 5001, 7946, 8000, 8001, 8443, 23761, 24001];
  // With images from elsewhere there is no registry on the hub's machine.
  const registries = takesImages ? [] : ["5000", "5001"];
  for (const machine of machines) {
    await onMachine(machine, "systemctl", "restart", "semesterhub-firewall");
  }
  expect(await openPorts("proxy", "hub", all)).toEqual([
    "22",
    "2376",
    "2386",
    ...registries,
    "7946",
    "8000",
    "8001",
  ]);
  expect(await openPorts("node-1", "hub", all)).toEqual(["2377", ...registries, "7946"]);
  expect(await openPorts("proxy", "node-1", all)).toEqual(["22", "2376", "2386", "7946"]);
  expect(await openPorts("hub", "node-1", all)).toEqual(["7946"]);
  expect(await openPorts("hub", "proxy", all)).toEqual(["443", "8443"]);
  expect(await openPorts("node-2", "hub", all)).toEqual(["7946"]);
  await stillAtWork();
});

test("the end of the second takes its own things and leaves the first at work", async () => {
  const { storage } = (await MachineCourse.current(second)).outputs;
  const { seconds } = await operateOn(second, "down", "--yes");
  say(`down of the second stack: ${seconds.toFixed(0)} s`);
  await stillAtWork();
  for (const machine of machines) {
    const labelled = ["--filter", `label=semesterhub.stack=${second}`];
    expect(await onMachine(machine, "docker", "ps", "--all", "--quiet", ...labelled)).toBe("");
    const left = await onMachine(
      machine,
      "sh",
      "-c",
      `ls /etc/systemd/system | grep -e engine-1 -e forward-24 || true
       find /etc/semesterhub/engine-1 /etc/semesterhub/semesters.d/1 /etc/semesterhub/${second} -type f 2>/dev/null || true
       nft list table inet semesterhub_machine | grep _1 || true`,
    );
    expect([machine, left]).toEqual([machine, ""]);
  }
  expect(await onMachine("hub", "cat", `${storage.path}/homes/ada/kept.txt`)).toBe("second");
  expect(await onMachine("hub", "ls", new URL(storage.backups).pathname)).toContain("snapshots");
  await operate("up", "--yes", "--expect-no-changes");
  const grace = await course.logIn("grace");
  await grace.start(180);
  await stillAtWork();
});
