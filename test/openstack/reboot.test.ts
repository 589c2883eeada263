// Each machine is rebooted in turn: the course comes back by itself, and nothing is lost.
import { CloudCourse } from "../lib/cloudCourse";
import { Kernel } from "../lib/kernel";
import { until } from "../lib/until";
import { cloudStack, patience } from "./patience";

let course: CloudCourse;

beforeAll(async () => {
  course = await CloudCourse.current(cloudStack);
});

/** When a machine was started, as its kernel tells. */
async function bootId(machine: string): Promise<string | undefined> {
  const { code, stdout } = await course.tryOn(machine, ["cat", "/proc/sys/kernel/random/boot_id"]);
  return code === 0 ? stdout.trim() : undefined;
}

/** Reboots a machine and waits until it is another start of it. */
async function reboot(machine: string): Promise<void> {
  const before = await bootId(machine);
  await course.tryOn(machine, ["systemctl", "reboot"]);
  await until(
    `${machine} after its reboot`,
    async () => {
      const now = await bootId(machine);
      return now !== undefined && now !== before ? true : undefined;
    },
    { seconds: patience, everyMs: 5000 },
  );
}

/** Ada logs in, has a server, and it answers what her file says. */
async function homework(): Promise<string> {
  const ada = course.user("ada");
  return until(
    "Ada's file",
    async () => {
      if (!(await ada.logIn())) return undefined;
      await ada.start(patience);
      await ada.enter();
      const kernel = await Kernel.start(ada);
      return (await kernel.run("print(open('rebooted.txt').read())", patience)).trim();
    },
    { seconds: 2 * patience, everyMs: 5000 },
  );
}

test("a file is there before", async () => {
  const ada = await course.member("ada");
  await ada.start(patience);
  await ada.enter();
  const kernel = await Kernel.start(ada);
  await kernel.run("open('rebooted.txt', 'w').write('still here')", patience);
  expect(await homework()).toBe("still here");
});

test.each(["node-1", "node-2", "hub", "storage", "proxy"])(
  "after a reboot of %s",
  async (machine) => {
    if (!course.machines.includes(machine)) {
      console.log(`${machine}: this course has no such machine`);
      return;
    }
    const started = Date.now();
    await reboot(machine);
    expect(await homework()).toBe("still here");
    console.log(`${machine}: ${Math.round((Date.now() - started) / 1000)} s until Ada's file`);
  },
);
