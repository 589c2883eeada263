// One node more and one less, with students on line.
import { bedStack, MachineCourse, onMachine, operate, resources, say } from "../lib/machineCourse";
import { Kernel } from "../lib/kernel";
import { tryOperator } from "../lib/semester";
import { until } from "../lib/until";

let course: MachineCourse;
let kernel: Kernel;

beforeAll(async () => {
  course = await MachineCourse.current();
  const ada = await course.logIn("ada");
  await ada.start(180);
  await ada.enter();
  kernel = await Kernel.start(ada);
  await kernel.run("x = 41");
});

test("a second node adds its own resources and changes no other", async () => {
  const before = await resources();
  await MachineCourse.configure(2);
  const { seconds } = await operate("up", "--yes");
  const after = await resources();
  const changed = [...before].filter(([urn, was]) => after.get(urn) !== was).map(([urn]) => urn);
  const added = [...after.keys()].filter((urn) => !before.has(urn));
  say(
    `1 → 2 nodes: ${added.length} resources added, ${changed.length} changed, ${seconds.toFixed(0)} s`,
  );
  expect(changed).toEqual([]);
  for (const urn of added) expect(urn).toContain("node-2");
  expect(await kernel.run("print(x + 1)")).toBe("42\n");
});

test("a node that goes gets no new server and keeps its own until the deadline", async () => {
  // Swarm puts the next one where the fewest are.
  const alan = await course.logIn("alan");
  await alan.start(180);
  expect(await course.server("alan")).toMatchObject({ machine: "node-2" });
  const before = await resources();
  await MachineCourse.configure(1);
  const down = tryOperator(bedStack, "up", "--yes");
  await until(
    "the node to be paused",
    async () => {
      const format = "{{.Hostname}} {{.Availability}}";
      const states = await onMachine("hub", "docker", "node", "ls", "--format", format);
      return states.includes("node-2 Pause") ? states : undefined;
    },
    { seconds: 120 },
  );
  const grace = await course.logIn("grace");
  await grace.stop().catch(() => undefined);
  await grace.start(180);
  expect(await course.server("grace")).toMatchObject({ machine: "node-1" });
  expect(await course.server("alan")).toMatchObject({ machine: "node-2" });
  const done = await down;
  expect(done.code).toBe(0);
  const after = await resources();
  const changed = [...after].filter(([urn, is]) => before.get(urn) !== is).map(([urn]) => urn);
  const removed = [...before.keys()].filter((urn) => !after.has(urn));
  say(
    `2 → 1 nodes: ${removed.length} resources removed, ${changed.length} changed, ${done.seconds.toFixed(0)} s`,
  );
  expect(changed).toEqual([]);
  for (const urn of removed) expect(urn).toContain("node-2");
  expect(await kernel.run("print(x + 1)")).toBe("42\n");
});
