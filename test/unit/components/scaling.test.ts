// What changes where a course gets a node more, or a node is made anew.
import { fakeMachines } from "../fakeMachines";
import { runProgram } from "../harness";
import { prod } from "../prod";
import { run } from "./several";

test("one more node adds what is that node's, and changes nothing else", async () => {
  const [four, five] = await Promise.all([run(4), run(5)]);
  const before = new Map(four.resources.map((resource) => [resource.urn, resource]));
  const added = five.resources.filter(({ urn }) => !before.has(urn));
  expect(added.map(({ name }) => name).filter((name) => !name.includes("node-5"))).toEqual([]);
  expect(added.length).toBeGreaterThan(8);
  expect(five.resources.length - added.length).toBe(four.resources.length);
  for (const { urn, inputs } of five.resources) {
    const old = before.get(urn);
    if (old) expect([urn, inputs]).toEqual([urn, old.inputs]);
  }
});

test("a node that was made anew gets its firewall again, and nobody else is touched", async () => {
  const machines = fakeMachines(2, { "node-2": 1 });
  const [before, after] = await Promise.all([
    run(2),
    runProgram({ stack: "prod", config: prod, machines }),
  ]);
  const changed = after.resources.filter(
    ({ urn, inputs }) =>
      JSON.stringify(before.resources.find((old) => old.urn === urn)?.inputs) !==
      JSON.stringify(inputs),
  );
  expect(changed.map(({ name }) => name)).toEqual(["semesterhub-prod-firewall-node-2"]);
});
