// A VM that somebody deleted by hand: the next `up` makes it again and restores its part.
import { CloudCourse, command } from "../lib/cloudCourse";
import { Kernel } from "../lib/kernel";
import { until } from "../lib/until";
import { deleteServer } from "./cloud.mjs";
import { cloudStack, patience } from "./patience";

/** Deletes a machine's VM; the `up` after it has to succeed. */
async function lose(machine: string): Promise<CloudCourse> {
  await deleteServer(`semesterhub-${cloudStack}-cloud-${machine}`);
  const { seconds } = await command("up", cloudStack, "--yes");
  console.log(`${machine} was deleted: up in ${seconds.toFixed(0)} s`);
  return CloudCourse.current(cloudStack);
}

test("a node is made again by the next up, and takes students", async () => {
  const course = await lose("node-2");
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

test("with the hub's VM goes the Swarm: passwords and files are there again, and nodes join", async () => {
  const before = await CloudCourse.current(cloudStack);
  const ada = await before.member("ada");
  await ada.start(patience);
  await ada.enter();
  await (await Kernel.start(ada)).run("open('deleted.txt', 'w').write('still here')", patience);
  // Where the files have a machine of their own, the hub's database is copied there every half minute.
  const copy = `${before.outputs.storage.path}/hub/jupyterhub.sqlite`;
  const since = Date.now();
  await until(
    "the hub's database among the files",
    async () => {
      if (before.storage === "hub") return true;
      const { stdout } = await before.tryOn(before.storage, ["stat", "--format", "%Y", copy]);
      return Number(stdout) * 1000 > since ? true : undefined;
    },
    { seconds: patience, everyMs: 5000 },
  );

  const course = await lose("hub");
  const again = course.user("ada");
  expect(await again.logIn()).toBe(true);
  await again.start(patience);
  await again.enter();
  const kernel = await Kernel.start(again);
  expect((await kernel.run("print(open('deleted.txt').read())", patience)).trim()).toBe(
    "still here",
  );
  expect((await course.serverOf("ada")).node).toMatch(/^node-/);
  await command("up", cloudStack, "--yes", "--expect-no-changes");
});
