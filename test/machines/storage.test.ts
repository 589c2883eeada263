// What is special where the files have a machine of their own: who runs where, and that the hub's machine
// may lose its disk.
import type { HubUser } from "../lib/hubUser";
import { Kernel } from "../lib/kernel";
import { MachineCourse, onMachine, operate, say } from "../lib/machineCourse";
import { until } from "../lib/until";

let course: MachineCourse;
/** Of the hub's database, on its machine. */
let folder: string;
/** The copy that the tree has of it. */
let copy: string;

beforeAll(async () => {
  course = await MachineCourse.current();
  folder = `/var/lib/semesterhub-hub/${course.stack}`;
  copy = `${course.outputs.storage.path}/hub/jupyterhub.sqlite`;
});

const scaleHub = (count: number) =>
  onMachine("hub", "docker", "service", "scale", `${course.outputs.services.hub}=${count}`);

/** Runs Python where a student's files are. */
async function inNotebook(user: HubUser, code: string): Promise<string> {
  await user.start(180);
  await user.enter();
  return (await Kernel.start(user)).run(code);
}

test("what keeps files runs where they are, and no student's server does", async () => {
  const format = '{{.Label "com.docker.swarm.service.name"}}';
  const services = await onMachine("storage", "docker", "ps", "--format", format);
  const parts = services.split("\n").map((name) => name.replace(/^.*-/, ""));
  expect(parts.sort()).toEqual(["backup", "grading", "homes", "intake", "statistics"]);
  const { stdout } = await operate("status", "--json");
  expect(stdout).toContain('"healthy": true');
  expect(stdout).not.toContain('"healthy": false');
});

test("the tree has the hub's database as it was when the hub stopped", async () => {
  await course.logIn("grace");
  await scaleHub(0);
  const noted = await onMachine("hub", "cat", `${folder}/kept.sha256`);
  expect(await onMachine("storage", "sha256sum", copy)).toContain(noted);
  await scaleHub(1);
});

test("the hub's machine loses its disk: names and passwords are as they were", async () => {
  await scaleHub(0);
  // The class list is there again as well: the program puts it on each machine that it makes.
  await onMachine("hub", "find", folder, "-mindepth", "1", "!", "-name", "roster.json", "-delete");
  const since = Date.now();
  await scaleHub(1);
  await until("Grace to be let in", () => course.knows("grace").catch(() => undefined), {
    seconds: 120,
    everyMs: 500,
  });
  say(`after the hub's disk was lost, Grace is let in within ${String(Date.now() - since)} ms`);
});

test("a restore brings back homes and the hub's database, which the hub takes", async () => {
  await operate("backup");
  const ada = await course.logIn("ada");
  await inNotebook(ada, "open('kept.txt', 'w').write('spoilt')");
  // Signed up after the backup, so not in it.
  await course.logIn("alan");
  await operate("restore", "--everything", "--yes");
  expect(await course.knows("alan")).toBeUndefined();
  const back = await course.logIn("ada");
  expect(await inNotebook(back, "print(open('kept.txt').read())")).toBe("kept\n");
});
