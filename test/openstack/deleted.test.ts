// A VM that somebody deleted by hand: the next `up` makes it again and restores its part.
import { CloudCourse, command } from "../lib/cloudCourse";
import { Kernel } from "../lib/kernel";
import { deleteServer } from "./cloud.mjs";
import { cloudStack, patience } from "./patience";

test("a node is made again by the next up, and takes students", async () => {
  await deleteServer(`semesterhub-${cloudStack}-cloud-node-2`);
  await command("up", cloudStack, "--yes");
  const course = await CloudCourse.current(cloudStack);
  await course.availability("node-1", "pause");
  const grace = await course.member("grace");
  if ((await grace.server()) !== undefined) await grace.stop(patience);
  await grace.start(patience);
  await grace.enter();
  const kernel = await Kernel.start(grace);
  expect((await kernel.run("print(6 * 7)", patience)).trim()).toBe("42");
  expect((await course.serverOf("grace")).node).toBe("node-2");
  await course.availability("node-1", "active");
});
