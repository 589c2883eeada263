// A backup, a deleted home, a restore: every byte, owner and mode compared.
import { must, operator, Semester } from "../lib/semester";

let semester: Semester;

beforeAll(async () => {
  semester = await Semester.up();
});

/** Everything about the files below a folder that a restore must bring back, one line a file. */
async function inventory(folder: string): Promise<string> {
  const { stdout } = await must("python3", [
    "-c",
    `
import hashlib, os, sys
top = sys.argv[1]
for path in sorted([top] + [os.path.join(d, n) for d, ds, fs in os.walk(top) for n in ds + fs]):
    s = os.lstat(path)
    kind = "link " + os.readlink(path) if os.path.islink(path) else (
        hashlib.sha256(open(path, "rb").read()).hexdigest() if os.path.isfile(path) else "folder")
    print(os.path.relpath(path, top), s.st_uid, s.st_gid, oct(s.st_mode), int(s.st_mtime), kind)
`,
    folder,
  ]);
  return stdout;
}

test("a home that was deleted comes back whole", async () => {
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.start();
  const [container, uid] = [
    await semester.studentContainer("ada"),
    await semester.studentUser("ada"),
  ];
  await must("docker", [
    "exec",
    "--user",
    uid,
    container,
    "sh",
    "-c",
    [
      "cd",
      "mkdir -p work/empty 'work/with space'",
      "echo secret > work/private.txt",
      "chmod 600 work/private.txt",
      "echo ü > work/grüße.txt",
      "ln -sf private.txt work/link",
      "head -c 3000000 /dev/urandom > work/random.bin",
      "chmod 750 work/random.bin",
    ].join(" && "),
  ]);
  await ada.stop();
  const home = `${semester.outputs.storage.path}/homes/ada`;
  const before = await inventory(home);
  expect(before).toContain("work/random.bin");

  await operator("backup");
  await must("rm", ["-rf", `${home}/work`]);
  await operator("restore", "--student", "ada", "--yes");
  expect(await inventory(home)).toBe(before);

  await must("rm", ["-rf", home]);
  await operator("restore", "--student", "ada", "--yes");
  expect(await inventory(home)).toBe(before);
  await ada.start();
  await ada.enter();
  expect((await ada.serverApi("/contents/work/random.bin?content=0")).status).toBe(200);
  await ada.stop();
});
