// A reboot of any machine: everything is there again, by itself.
import { containerOf, MachineCourse, operate, say, storageApart } from "../lib/machineCourse";
import { must } from "../lib/semester";
import { until } from "../lib/until";

test.each(["proxy", "hub", ...(storageApart ? ["storage"] : []), "node-1"])(
  "%s",
  async (machine) => {
    const course = await MachineCourse.current();
    await must("docker", ["restart", containerOf(machine)]);
    const since = Date.now();
    const server = await until(
      "a student's server",
      async () => {
        const ada = await course.logIn("ada");
        await ada.start(120);
        return course.server("ada");
      },
      { seconds: 300, everyMs: 2000 },
    );
    expect(server).toMatchObject({ machine: "node-1" });
    say(
      `${machine} rebooted: a student works again after ${((Date.now() - since) / 1000).toFixed(0)} s`,
    );
    await operate("up", "--yes", "--expect-no-changes");
  },
);
