// A prototype beside the course, in the same project, under a name that begins as the course's does. It
// takes a data volume that its state does not know: the copy of the course's that back.test.ts made. Ends
// with the course alone.
import { besideOf, copyName, writeConfiguration } from "./bed.mjs";
import { CloudCourse, command } from "../lib/cloudCourse";
import { Kernel } from "../lib/kernel";
import { must, tryOperator } from "../lib/semester";
import { courseAtWork } from "./atWork";
import { inCloud, volumeCalled } from "./cloud.mjs";
import { cloudStack, patience } from "./patience";

const besideBed = besideOf(cloudStack);
const beside = besideBed.stack;
let kernel: Kernel;
let before: string[];

beforeAll(async () => {
  ({ kernel } = await courseAtWork());
  // The copy becomes the second stack's, name and all.
  before = (await everything()).filter((thing) => thing !== `volumes ${copyName}`);
  writeConfiguration(besideBed);
});

/** Has the configuration take a volume. */
async function take(id: string): Promise<void> {
  await must(process.execPath, [
    ...["scripts/pulumi.mjs", "config", "set", "--stack", beside],
    ...["--path", "semesterhub:openstack.dataVolumeId", id],
  ]);
}

/** Everything in the project that has a name. */
async function everything(): Promise<string[]> {
  return (await inCloud("")).filter((thing) => !thing.endsWith(" "));
}

async function stillAtWork(): Promise<void> {
  expect((await kernel.run("print(remembered)", patience)).trim()).toBe("42");
}

test("it comes up with the volume that it is told to take, and all that it makes has its name", async () => {
  const { id } = await volumeCalled(copyName);
  await take(id);
  const { seconds } = await command("up", beside, "--yes");
  console.log(`up of a second stack, of a node: ${seconds.toFixed(0)} s`);
  const after = await everything();
  expect(before.filter((thing) => !after.includes(thing))).toEqual([]);
  const made = after.filter((thing) => !before.includes(thing));
  expect(made.filter((thing) => !thing.includes(`semesterhub-${beside}-`))).toEqual([]);
  const volume = `semesterhub-${beside}-cloud-data-volume`;
  expect(made).toContain(`volumes ${volume}`);
  expect((await volumeCalled(volume)).id).toBe(id);
  await stillAtWork();
});

test("Ada's password and file are there, and what she does is apart from the course", async () => {
  const course = await CloudCourse.current(beside);
  const ada = course.user("ada");
  expect(await ada.logIn()).toBe(true);
  await ada.start(patience);
  await ada.enter();
  const theirs = await Kernel.start(ada);
  const read = "print(open('kept.txt').read())";
  expect((await theirs.run(read, patience)).trim()).toBe("of last semester");
  await theirs.run("open('kept.txt', 'w').write('of the prototype')", patience);
  expect((await kernel.run(read, patience)).trim()).toBe("of last semester");
  await stillAtWork();
});

test("neither has a change to make", async () => {
  await command("up", cloudStack, "--yes", "--expect-no-changes");
  await command("up", beside, "--yes", "--expect-no-changes");
});

test("a volume is not taken twice", async () => {
  const { id } = await volumeCalled(`semesterhub-${cloudStack}-cloud-data-volume`);
  await take(id);
  const { code, stdout, stderr } = await tryOperator(beside, "up", "--yes");
  await take((await volumeCalled(`semesterhub-${beside}-cloud-data-volume`)).id);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain("protect");
});

test("its end takes its own things, and leaves the course at work", async () => {
  const { seconds } = await command("down", beside, "--yes");
  console.log(`down of the second stack: ${seconds.toFixed(0)} s`);
  const container = `containers semesterhub-${beside}-backups`;
  expect((await everything()).filter((thing) => thing !== container)).toEqual(
    before.filter((thing) => thing !== container),
  );
  await stillAtWork();
  await command("up", cloudStack, "--yes", "--expect-no-changes");
});
