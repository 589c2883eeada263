// From bare machines to a course that a student works in.
import { MachineCourse, operate, say, storageApart } from "../lib/machineCourse";
import { Kernel } from "../lib/kernel";

// On a busy computer it takes long; how long, it says.
test("up makes the course from bare machines", async () => {
  const { seconds } = await operate("up", "--yes");
  say(`up on ${storageApart ? "four" : "three"} bare machines: ${seconds.toFixed(0)} s`);
}, 2_700_000);

test("a second up changes nothing, and a preview says so", async () => {
  const { seconds } = await operate("up", "--yes", "--expect-no-changes");
  say(`up without a change: ${seconds.toFixed(0)} s`);
  await operate("preview", "--expect-no-changes");
});

test("a student logs in through the proxy's machine, and works on a node", async () => {
  const course = await MachineCourse.current();
  const ada = await course.logIn("ada");
  await ada.start(180);
  expect(await course.server("ada")).toMatchObject({ machine: "node-1" });
  await ada.enter();
  const kernel = await Kernel.start(ada);
  expect(await kernel.run("open('kept.txt', 'w').write('kept'); print(6 * 7)")).toBe("42\n");
});
