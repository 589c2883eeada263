// A machine is lost, disk and all, and another one stands in its place: what the tests of it share.
import { containerOf, MachineCourse, onMachine, operate } from "./machineCourse";
import { Kernel } from "./kernel";
import type { HubUser } from "./hubUser";
import { must } from "./semester";
import { until } from "./until";

/** Runs Python where a student's files are. */
async function inNotebook(user: HubUser, code: string): Promise<string> {
  await user.start(180);
  await user.enter();
  return (await Kernel.start(user)).run(code);
}

/** When the hub's database was last copied to the files: milliseconds, as this computer counts. */
async function copied(course: MachineCourse): Promise<number> {
  const copy = `${course.outputs.storage.path}/hub/jupyterhub.sqlite`;
  const said = await onMachine("node-1", "stat", "--format", "%Y", copy).catch(() => "0");
  return Number(said) * 1000;
}

/** Ada works, and what the hub knows of her is with the files. */
export async function adaWorks(): Promise<MachineCourse> {
  const course = await MachineCourse.current();
  const ada = await course.logIn("ada");
  await inNotebook(ada, "open('survives.txt', 'w').write('still here')");
  const since = Date.now();
  await until(
    "the copy of the hub's database",
    async () => ((await copied(course)) > since ? true : undefined),
    { seconds: 180, everyMs: 2000 },
  );
  return course;
}

/** Puts machines in the place of some, with nothing on them. */
export async function lose(...machines: string[]): Promise<void> {
  const containers = machines.map(containerOf);
  await must("docker", ["rm", "--force", ...containers]);
  await must("docker", ["volume", "rm", ...containers]);
  await MachineCourse.configure(1); // makes the machines that are missing
}

/** Ada has her password and her file, and works on a node; a further `up` has nothing to change. */
export async function expectAda(): Promise<void> {
  const course = await MachineCourse.current();
  const ada = await course.knows("ada");
  if (ada === undefined) throw new Error("Ada is not let in any more");
  expect(await inNotebook(ada, "print(open('survives.txt').read())")).toBe("still here\n");
  expect(await course.server("ada")).toMatchObject({ machine: "node-1" });
  await operate("up", "--yes", "--expect-no-changes");
}
