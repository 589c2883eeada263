// A semester that ended, and the next `up`: it comes back from the data volume and the backups' container
// that the cloud kept. Ends with the course up again.
import { existsSync, renameSync, rmSync } from "node:fs";
import { paths } from "../../scripts/lib/command/paths.mjs";
import { CloudCourse, command } from "../lib/cloudCourse";
import { Kernel } from "../lib/kernel";
import { tryOperator } from "../lib/semester";
import { copyName } from "./bed.mjs";
import { copyVolume, inCloud } from "./cloud.mjs";
import { cloudStack, patience } from "./patience";

/** What has to be the same when the semester is back. */
interface Kept {
  /** Everybody's UID, and the limits that are somebody's own. */
  readonly people: string;
  /** Points in time that can be restored, oldest first. */
  readonly backups: readonly string[];
  readonly certificateAuthority: string;
}

let kept: Kept;
let left: string[];

/** The homes service's table. */
async function people(course: CloudCourse): Promise<string> {
  const code = `import sqlite3, sys
table = sqlite3.connect(sys.argv[1])
print(*table.execute("SELECT * FROM people ORDER BY uid"), *table.execute("SELECT * FROM limits"), sep="\\n")`;
  const file = `${course.outputs.storage.path}/uids/uids.sqlite`;
  return course.on(course.storage, ["python3", "-c", code, file]);
}

async function backups(course: CloudCourse): Promise<readonly string[]> {
  const said = await course.inService("backup", ["semesterhub-backup", "times", "--json"]);
  return (JSON.parse(said) as { time: string }[]).map(({ time }) => time);
}

async function look(course: CloudCourse): Promise<Kept> {
  const { certificateAuthority } = course.outputs;
  return { people: await people(course), backups: await backups(course), certificateAuthority };
}

test("before: Ada has a file, and a limit of her own", async () => {
  const course = await CloudCourse.current(cloudStack);
  const ada = await course.member("ada");
  await command("quota", cloudStack, "ada", "48M");
  await ada.start(patience);
  await ada.enter();
  const kernel = await Kernel.start(ada);
  await kernel.run("open('kept.txt', 'w').write('of last semester')", patience);
  await command("backup", cloudStack);
  kept = await look(course);
  expect(kept.people).toContain("'ada'");
  expect(kept.backups).not.toEqual([]);
});

test("down: the volume and the container are left, and nothing else", async () => {
  const { seconds } = await command("down", cloudStack, "--yes");
  console.log(`down: ${seconds.toFixed(0)} s`);
  left = await inCloud(`semesterhub-${cloudStack}`);
  expect(left).toEqual([
    `containers semesterhub-${cloudStack}-backups`,
    `volumes semesterhub-${cloudStack}-cloud-data-volume`,
  ]);
  // While no machine has it: second.test.ts needs one.
  await copyVolume(`semesterhub-${cloudStack}-cloud-data-volume`, copyName);
});

test("without the state that knows the volume, up makes no empty one beside it", async () => {
  const folders = [paths.state, paths.stacks];
  const aside = (folder: string): string => `${folder}.aside`;
  for (const folder of folders) renameSync(folder, aside(folder));
  try {
    const { code, stdout, stderr } = await tryOperator(cloudStack, "up", "--yes");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("that the state here does not know");
  } finally {
    for (const folder of folders) {
      if (existsSync(aside(folder))) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(aside(folder), folder);
      }
    }
  }
  expect(await inCloud(`semesterhub-${cloudStack}`)).toEqual(left);
});

test("up: Ada's password, UID, limit and file are as before, and the backups go on", async () => {
  const { seconds } = await command("up", cloudStack, "--yes");
  console.log(`up of a semester that was down: ${seconds.toFixed(0)} s`);
  const course = await CloudCourse.current(cloudStack);
  const ada = course.user("ada");
  expect(await ada.logIn()).toBe(true);
  await ada.start(patience);
  await ada.enter();
  const kernel = await Kernel.start(ada);
  const read =
    "import os; print(open('kept.txt').read(), os.stat('kept.txt').st_uid == os.getuid())";
  expect((await kernel.run(read, patience)).trim()).toBe("of last semester True");

  const now = await look(course);
  expect(now.people).toBe(kept.people);
  expect(now.certificateAuthority).toBe(kept.certificateAuthority);
  // The last one of before was taken by `down`.
  expect(now.backups.slice(0, kept.backups.length)).toEqual(kept.backups);
  expect(now.backups.length).toBeGreaterThan(kept.backups.length);
  await command("backup", cloudStack);
  // An increment of the same chain: with another passphrase it could not be made.
  const list = ["semesterhub-backup", "list", "--student", "ada", "--json"];
  expect(await course.inService("backup", list)).toContain('"kept.txt"');
  expect((await backups(course)).length).toBeGreaterThan(now.backups.length);
  await command("quota", cloudStack, "ada", "--default");
});
