// The firewall of each machine of the platform `hosts`.
import type { Program } from "../harness";
import { unpacked } from "../mocks";
import { address, connection, internal, run, step, waits } from "./sshMachines";

let two: Program;
beforeAll(async () => {
  two = await run(2);
});

const rules = (name: string) =>
  unpacked(step(two, name, "base").inputs.stdin).environment.FIREWALL ?? "";

test.each(["proxy", "hub", "node-1"])("of %s", (name) => {
  expect(rules(name)).toMatchSnapshot();
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

test("the hub's machine lets each node in by a step of the node's own, before the node needs it", () => {
  for (const [node, last] of [
    ["node-1", 20],
    ["node-2", 21],
  ] as const) {
    const admitted = step(two, node, "admitted");
    expect(connection(admitted)).toMatchObject({ host: address(11) });
    expect(unpacked(admitted.inputs.stdin).environment).toMatchObject({
      NODE: node,
      ADDRESS: internal(last),
    });
    expect(waits(two, admitted, step(two, "hub", "base"))).toBe(true);
    expect(waits(two, step(two, node, "engine"), admitted)).toBe(true);
  }
});

test("only the proxy's machine has ports for everybody", () => {
  expect(rules("proxy")).toContain("tcp dport { 443, 80 } accept");
  expect(rules("hub")).not.toContain("443");
  expect(rules("node-1")).not.toContain("443");
});
