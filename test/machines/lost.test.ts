// A machine is lost, disk and all, and another one stands in its place. The files are on storage.shared
// here, which every machine sees: they outlive each of them, until the last test, where they are lost too.
import {
  bedStack,
  containerOf,
  MachineCourse,
  onMachine,
  operate,
  say,
  storageMachine,
} from "../lib/machineCourse";
import { Kernel } from "../lib/kernel";
import type { HubUser } from "../lib/hubUser";
import { must, tryOperator } from "../lib/semester";
import { until } from "../lib/until";

let course: MachineCourse;

/** Runs Python where a student's files are. */
async function inNotebook(user: HubUser, code: string): Promise<string> {
  await user.start(180);
  await user.enter();
  return (await Kernel.start(user)).run(code);
}

/** When the hub's database was last copied to the files: milliseconds, as this computer counts. */
async function copied(): Promise<number> {
  const copy = `${course.outputs.storage.path}/hub/jupyterhub.sqlite`;
  const said = await onMachine("node-1", "stat", "--format", "%Y", copy).catch(() => "0");
  return Number(said) * 1000;
}

beforeAll(async () => {
  course = await MachineCourse.current();
  const ada = await course.logIn("ada");
  await inNotebook(ada, "open('survives.txt', 'w').write('still here')");
  const since = Date.now();
  await until(
    "the copy of the hub's database",
    async () => ((await copied()) > since ? true : undefined),
    { seconds: 180, everyMs: 2000 },
  );
});

/** Puts a machine in the place of one, with nothing on it. */
async function lose(machine: string): Promise<void> {
  const container = containerOf(machine);
  await must("docker", ["rm", "--force", container]);
  await must("docker", ["volume", "rm", container]);
  await MachineCourse.configure(1); // makes the machine that is missing
}

/** Ada has her password and her file, and works on a node. */
async function expectAda(): Promise<void> {
  course = await MachineCourse.current();
  const ada = await course.knows("ada");
  if (ada === undefined) throw new Error("Ada is not let in any more");
  expect(await inNotebook(ada, "print(open('survives.txt').read())")).toBe("still here\n");
  expect(await course.server("ada")).toMatchObject({ machine: "node-1" });
  await operate("up", "--yes", "--expect-no-changes");
}

// The one with the files is lost below.
test.each(["node-1", "proxy", "hub"])("%s", async (machine) => {
  await lose(machine);
  // The bed has raised its generation in the configuration: all the rest is Pulumi's.
  const { seconds } = await operate("up", "--yes");
  say(`${machine} was made anew: up in ${seconds.toFixed(0)} s`);
  await expectAda();
});

test("with the files: up does not open an empty course, and a restore brings back all", async () => {
  await operate("backup");
  await lose(storageMachine);
  await onMachine("node-1", "find", course.outputs.storage.path, "-mindepth", "1", "-delete");
  const { code, stdout, stderr } = await tryOperator(bedStack, "up", "--yes");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/Of the \d+ homes in the last backup.*npm run restore/s);
  const since = Date.now();
  await operate("restore", "--everything", "--yes");
  await operate("up", "--yes");
  say(`restore and up after the files were lost: ${Math.round((Date.now() - since) / 1000)} s`);
  await expectAda();
});
