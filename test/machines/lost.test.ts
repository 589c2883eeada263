// A machine is lost, disk and all, and another one stands in its place. The files outlive it: they are on
// storage.shared here, which every machine sees. files.test.ts has the case in which they don't.
import { adaWorks, expectAda, lose } from "../lib/lostMachine";
import { operate, say } from "../lib/machineCourse";

beforeAll(adaWorks);

// Two at once take half as long as one after the other.
test.each([[["node-1", "proxy"]], [["hub"]]])("%s", async (machines) => {
  await lose(...machines);
  // The bed has raised their generations in the configuration: all the rest is Pulumi's.
  const { seconds } = await operate("up", "--yes");
  say(`${machines.join(" and ")} made anew: up in ${seconds.toFixed(0)} s`);
  await expectAda();
});
