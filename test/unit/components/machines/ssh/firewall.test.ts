// The firewall of each machine of the platform `hosts`.
import { expectGolden } from "../../../lib/golden";
import type { Program } from "../../../lib/harness";
import { unpacked } from "../../../../../scripts/plan/mocks";
import { address, connection, internal, run, step, waits } from "../../../lib/sshMachines";

let two: Program;
/** A prototype beside it on the same machines. */
let prototype: Program;
beforeAll(async () => {
  two = await run(2);
  prototype = await run(2, { slot: 1 });
});

const ground = (name: string, of: Program) =>
  unpacked(step(of, name, "base").inputs.stdin).environment;
const rules = (name: string, of = two) => ground(name, of).RULES ?? "";
const machines = ["proxy", "hub", "node-1"];

test.each(machines)("what a semester lets in to %s", (name) => {
  expectGolden(`components/machines/ssh/firewall/${name}.nft`, rules(name));
});

test("the frame is the same on every machine, whichever semester writes it", () => {
  const frames = [two, prototype].flatMap((of) =>
    machines.map((name) => ground(name, of).FIREWALL),
  );
  expect(new Set(frames).size).toBe(1);
  expectGolden("components/machines/ssh/firewall/frame.nft", frames[0] ?? "");
});

test("of two semesters on a machine, neither opens a port of the other's or names its sets", () => {
  const open = (text: string) => new Set(text.match(/(?<=dport |proto-dst )\d{4}(?= )/g));
  const sets = (text: string) => new Set(text.match(/(?<=set |@)\w+/g));
  const shared = ["7946", "4789", "2377", "2049"];
  for (const name of machines) {
    const [first, second] = [rules(name), rules(name, prototype)];
    for (const port of open(first)) expect(open(second).has(port)).toBe(shared.includes(port));
    for (const one of sets(first)) expect(sets(second)).not.toContain(one);
  }
  expect([...open(rules("hub", prototype))].sort()).toEqual(
    [...shared, "2386", "5001", "8001"].sort(),
  );
  expect(rules("proxy", prototype)).toContain("tcp dport { 22, 24000-24239 } ip saddr @admins_1");
});

test("each port is open to the machines that need it", () => {
  // What stands behind a port, per machine: chp and the registry are published by containers.
  const open = (name: string) =>
    [...rules(name).matchAll(/(?:dport|proto-dst|l4proto) (\d+) ip saddr @(\w+) accept/g)].map(
      ([, port = "", from = ""]) => `${port} ${from}`,
    );
  expect(open("proxy")).toEqual([]);
  expect(open("hub")).toEqual([
    "2376 proxy",
    "7946 internal",
    "4789 nodes",
    "50 nodes",
    "2377 nodes",
    "2049 nodes",
    "8000 proxy",
    "5000 proxy",
    "5000 nodes",
  ]);
  expect(open("node-1")).toEqual(["2376 proxy", "7946 internal", "4789 hub", "50 hub"]);
});

test("no port is open for a registry where images come from elsewhere", async () => {
  const images = { registry: "registry.example.edu/course" };
  const taking = await run(1, {}, false, { images });
  expect(taking.error?.message).toBeUndefined();
  expect(rules("hub", taking)).not.toContain("5000");
  expect(rules("hub", taking)).toContain("8000");
});

test("the hub's machine lets each node in by a step of the node's own, before the node needs it", () => {
  for (const [node, last] of [
    ["node-1", 20],
    ["node-2", 21],
  ] as const) {
    const admitted = step(two, node, "admitted");
    expect(unpacked(step(prototype, node, "admitted").inputs.stdin).environment).toMatchObject({
      SLOT: "1",
      SET: "nodes_1",
    });
    expect(connection(admitted)).toMatchObject({ host: address(11) });
    expect(unpacked(admitted.inputs.stdin).environment).toMatchObject({
      SLOT: "0",
      SET: "nodes",
      NODE: node,
      ADDRESS: internal(last),
    });
    expect(waits(two, admitted, step(two, "hub", "base"))).toBe(true);
    expect(waits(two, step(two, node, "engine"), admitted)).toBe(true);
  }
});

test("only the proxy's machine has ports for everybody", () => {
  expect(rules("proxy")).toContain("tcp dport { 443, 80 } accept");
  expect(rules("proxy")).toContain("ct original proto-dst { 443, 80 } accept");
  expect(rules("hub")).not.toContain("443");
  expect(rules("node-1")).not.toContain("443");
});
