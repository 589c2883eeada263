// One node more, and one less, while a student is at work: nothing else is touched, and she sees nothing.
import { CloudCourse, command } from "../lib/cloudCourse";
import type { Kernel } from "../lib/kernel";
import { bedOf, writeConfiguration } from "./bed.mjs";
import { courseAtWork } from "./atWork";
import { cloudStack, patience } from "./patience";

let course: CloudCourse;
let kernel: Kernel;

beforeAll(async () => {
  ({ course, kernel } = await courseAtWork());
});

/** Brings the course to a number of nodes; answers what Pulumi did, by the machine in its name. */
async function scale(nodes: number): Promise<string[]> {
  writeConfiguration({ ...bedOf(cloudStack), nodes });
  const { stdout, seconds } = await command("up", cloudStack, "--yes");
  course = await CloudCourse.current(cloudStack);
  const changed = [
    // Resources by their names, not the numbers of them that stand at the end.
    ...stdout.matchAll(/^\s+[-+~]+\s+(semesterhub-\S+) (?:created|updated|deleted|replaced)/gm),
  ].map(([, name = ""]) => name);
  console.log(`${nodes} nodes: ${changed.length} resources, ${seconds.toFixed(0)} s`);
  return changed;
}

/** That Pulumi did something, and all of it with the third node. */
function expectThirdNodeAlone(changed: readonly string[]): void {
  expect(changed).not.toEqual([]);
  expect(changed.filter((name) => !name.includes("node-3"))).toEqual([]);
}

async function stillThere(): Promise<void> {
  expect((await kernel.run("print(remembered)", patience)).trim()).toBe("42");
}

test("a third node: only what is that node's is made, and the kernel goes on", async () => {
  const changed = await scale(3);
  expect(course.nodes).toHaveLength(3);
  expectThirdNodeAlone(changed);
  await stillThere();
});

test("two nodes again: the third is gone from the Swarm and the cloud, and the kernel goes on", async () => {
  const changed = await scale(2);
  expect(course.nodes).toHaveLength(2);
  expectThirdNodeAlone(changed);
  const nodes = await course.on("hub", ["docker", "node", "ls", "--quiet"]);
  // All machines but the proxy's.
  expect(nodes.split("\n")).toHaveLength(course.machines.length - 1);
  await stillThere();
});
