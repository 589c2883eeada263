// A course's assignment from release to feedback, and what students may try at it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  cell,
  command,
  Formgrader,
  hiddenLine,
  notebook,
  python,
  source,
  write,
  type Cell,
} from "../lib/assignment";
import { Classroom } from "../lib/classroom";
import type { Kernel } from "../lib/kernel";
import { operator, Semester } from "../lib/semester";
import { until } from "../lib/until";

/** What came of trial runs, by assignment. */
type Trials = Record<string, (Record<"cells" | "well", number> & { problem: string }) | undefined>;

// Names of their own, so that the tests can be run again on the same stack.
const run = Date.now().toString(36);
const [homework, trap] = [`ps-${run}`, `trap-${run}`];
const good = "def double(x):\n    return 2 * x";
const onlyVisible = "def double(x):\n    return 2";

let semester: Semester;
let storage: string;
let exchange: string;
let room: Classroom;
let formgrader: Formgrader;

const kernelOf = (name: string): Kernel => room.kernel(name);

beforeAll(async () => {
  semester = await Semester.up();
  storage = semester.outputs.storage.path;
  room = await Classroom.open(semester, ["teacher", "ada", "alan", "grace"]);
  exchange = room.exchange;
  formgrader = new Formgrader(room.user("teacher"));
  expect((await formgrader.open("/formgrader/manage_assignments")).status).toBe(200);
});

afterAll(async () => {
  await room.close();
});

const refusals = async (): Promise<string> => (await formgrader.open("/overview")).text;

/** One assignment's column of grades as CSV, by the people's names. */
function column(csv: string, assignment: string): Record<string, string> {
  const [head = [], ...rows] = csv
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const at = head.indexOf(assignment);
  return Object.fromEntries(rows.map((row) => [row[0] ?? "", row[at] ?? ""]));
}

test("a teacher writes an assignment in the course folder and gives it out", async () => {
  for (const name of [homework, trap]) {
    await write(kernelOf("teacher"), `~/course/source/${name}/p.ipynb`, source());
    await formgrader.step(`assignment/${name}/assign`);
    await formgrader.step(`assignment/${name}/release`);
  }
  const given = await kernelOf("ada").run(
    `print(open(${python(`${exchange}/outbound/${homework}/p.ipynb`)}).read())`,
  );
  expect(given).not.toContain(hiddenLine);
  expect(given).not.toContain("return 2 * x");
});

test("who hands in what is what the store has, whatever they write about it", async () => {
  const due = { duedate_notimezone: "2026-01-10T12:00" };
  await formgrader.api(`assignment/${homework}`, "PUT", due);
  expect((await room.handIn("ada", homework, good)).accepted).toBe(true);
  // A folder's name and its files may say any time.
  const alan = kernelOf("alan");
  await room.handIn("alan", homework, onlyVisible);
  const before = (await room.receipts("alan", homework)).length;
  await alan.run(
    [
      "import os, pathlib, shutil",
      `made = pathlib.Path(${python(exchange)}, "inbound", "alan+${homework}+2020-01-01 00:00:00.000000 UTC+x")`,
      `shutil.copytree(pathlib.Path.home() / ${python(homework)}, made)`,
      "(made / 'timestamp.txt').write_text('2020-01-01 00:00:00.000000 UTC')",
      "for path in (*made.iterdir(), made): os.utime(path, (0, 0))",
      "made.chmod(0o777)",
    ].join("\n"),
  );
  const backdated = await until(
    "the receipt",
    async () => (await room.receipts("alan", homework))[before],
  );
  expect(new Date(backdated.received).getFullYear()).toBeGreaterThan(2025);
  expect(backdated.late_seconds).toBeGreaterThan(3600);
  // What ada changes afterwards is not what she handed in, and nobody can reach that.
  await write(kernelOf("ada"), `~/${homework}/p.ipynb`, notebook([]));
  const reach = await kernelOf("ada").run(
    [
      "import os, pathlib",
      `exchange = pathlib.Path(${python(exchange)})`,
      "def tried(name, act):",
      "    try: print(name, 'OPEN', act())",
      "    except OSError as error: print(name, type(error).__name__)",
      "tried('store', lambda: os.listdir('/srv/received'))",
      "tried('course', lambda: os.listdir('/srv/course'))",
      "tried('inbound', lambda: os.listdir(exchange / 'inbound'))",
      "tried('feedback', lambda: os.listdir(exchange / 'feedback'))",
      "tried('outbound', lambda: (exchange / 'outbound' / 'mine').mkdir())",
      "tried('receipt', lambda: next((exchange / 'receipts' / 'ada').glob('* *.json')).write_text(''))",
      "tried('others', lambda: os.listdir(exchange / 'receipts' / 'alan'))",
    ].join("\n"),
  );
  expect(reach).not.toContain("OPEN");
  expect(reach.trim().split("\n")).toHaveLength(7);
});

test("a student sees how much of what was handed in runs, and nothing of hidden tests", async () => {
  // Alan's answer is right by the tests that he can see, and wrong by the hidden one.
  for (const name of ["ada", "alan"]) {
    const trial = await until(
      `${name}'s trial run`,
      async () => ((await room.told(name, "trials.json")) as Trials | null)?.[homework],
      { seconds: 120, everyMs: 1000 },
    );
    expect(trial).toMatchObject({ problem: "" });
    expect(trial.cells).toBeGreaterThan(1);
    expect([name, trial.well]).toEqual([name, trial.cells]);
  }
  expect(JSON.stringify(await room.told("ada", "trials.json"))).not.toContain("alan");
});

test("another's name and another's folder are refused, and staff see who tried", async () => {
  const grace = kernelOf("grace");
  const path = `~/${homework}/p.ipynb`;
  await write(grace, path, notebook([cell("code", "double", good)]));
  await command(grace, "nbgrader", "submit", homework, "--CourseDirectory.student_id=ada");
  const refused = await until(
    "grace's receipt",
    async () => (await room.receipts("grace", homework))[0],
  );
  expect(refused.accepted).toBe(false);
  expect(refused.reason).toContain("another's name");
  expect(await refusals()).toMatch(/grace<\/td>.*ada\+.*another/);
  expect((await room.receipts("ada", homework)).filter((one) => one.accepted)).toHaveLength(1);
  // ada's folder while it is not complete yet: grace knows its name.
  const folder = `${exchange}/inbound/ada+${homework}+now+known`;
  await kernelOf("ada").run(`import os; os.mkdir(${python(folder)}, 0o755)`);
  const tried = await grace.run(
    [
      "import os",
      `folder = ${python(folder)}`,
      "for act in (lambda: open(folder + '/x', 'w'), lambda: os.rename(folder, folder + '2'),",
      "            lambda: os.rmdir(folder), lambda: os.chmod(folder, 0o777)):",
      "    try: act(); print('OPEN')",
      "    except OSError as error: print(type(error).__name__)",
    ].join("\n"),
  );
  expect(tried.trim().split("\n")).toEqual(Array(4).fill("PermissionError"));
  await kernelOf("ada").run(`os.rmdir(${python(folder)})`);
});

test("a student has no way into formgrader", async () => {
  const ada = room.user("ada");
  for (const path of [
    "/",
    "/formgrader/manage_assignments",
    "/formgrader/api/students",
    "/overview",
    "/grades.csv",
  ]) {
    const answer = await ada.session.visit(`${Formgrader.path}${path}`);
    expect([path, answer.status]).toEqual([path, 403]);
  }
  const made = await ada.api("/users/ada/tokens", { method: "POST", body: "{}" });
  const { token } = JSON.parse(made.text) as { token: string };
  for (const [method, path] of [
    ["GET", "students"],
    ["POST", `assignment/${homework}/release`],
  ] as const) {
    const answer = await semester
      .user("ada")
      .session.ask(`${Formgrader.path}/formgrader/api/${path}`, {
        method,
        headers: { authorization: `token ${token}` },
      });
    expect(answer.status).toBe(403);
  }
  const own = await ada.session.visit("/user/ada/formgrader/api/students");
  expect(own.status).toBe(404);
  const reached = await kernelOf("ada").run(
    [
      "import os, socket, urllib.request",
      "try: print('OPEN', socket.create_connection(('grading', 8000), 3))",
      "except OSError as error: print(type(error).__name__)",
      "asked = urllib.request.Request(os.environ['JUPYTERHUB_API_URL'].replace('/hub/api', '/services/grading/formgrader/api/students'), headers={'Authorization': 'token ' + os.environ.get('JUPYTERHUB_API_TOKEN', '')})",
      "try: print('OPEN', urllib.request.urlopen(asked, timeout=5).status)",
      "except OSError as error: print(type(error).__name__)",
    ].join("\n"),
  );
  expect(reached).not.toContain("OPEN");
});

test("code of a submission reaches nothing, whatever it tries, and costs others nothing", async () => {
  const attacks = readFileSync(join(__dirname, "attacks.txt"), "utf8");
  const endless =
    "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass";
  const loud = "for _ in range(1 << 20): print('x' * 1023)";
  await room.handIn("ada", trap, good, (cells) =>
    cells.splice(1, 0, cell("code", "probes", attacks)),
  );
  await room.handIn("alan", trap, good, (cells) =>
    cells.splice(1, 0, cell("code", "endless", endless)),
  );
  await room.handIn("grace", trap, onlyVisible, (cells) => {
    cells.push(cell("code", "loud", loud));
    for (const one of cells) {
      if (one.id === "tests")
        Object.assign(one, { source: "pass" }).metadata["nbgrader"] = {
          ...(one.metadata["nbgrader"] as object),
          points: 100,
        };
    }
  });
  await formgrader.step(`assignment/${trap}/collect`);
  await Promise.all(
    ["ada", "alan", "grace"].map((one) => formgrader.step(`submission/${trap}/${one}/autograde`)),
  );
  const graded = (name: string): { cells: Cell[] } =>
    JSON.parse(
      readFileSync(join(storage, "course", "autograded", name, trap, "p.ipynb"), "utf8"),
    ) as { cells: Cell[] };
  const outputs = (name: string, id: string): string =>
    JSON.stringify(graded(name).cells.find((one) => one.id === id)?.outputs);
  const probes = outputs("ada", "probes");
  expect(probes.match(/PROBE /g)).toHaveLength(13);
  expect(probes).not.toContain("OPEN");
  expect(outputs("alan", "tests")).toContain("could not be interrupted");
  expect(outputs("grace", "loud").length).toBeLessThan(8 * 2 ** 20);
  const tests = graded("grace").cells.find((one) => one.id === "tests")?.source;
  expect([tests].flat().join("")).toContain(hiddenLine);
  // 3 points for the tests, the essay is not graded.
  const { text } = await formgrader.open("/grades.csv");
  expect(column(text, trap)).toEqual({ ada: "3.0", alan: "0.0", grace: "0.0" });
});

test("grades by tests and by hand are as computed, and come back as feedback and CSV", async () => {
  await formgrader.step(`assignment/${homework}/collect`);
  const students = ["ada", "alan"];
  await Promise.all(
    students.map((one) => formgrader.step(`submission/${homework}/${one}/autograde`)),
  );
  await formgrader.grade(homework, "p", "ada", 1.5);
  await formgrader.grade(homework, "p", "alan", 2);
  await formgrader.step(`assignment/${homework}/generate_feedback`);
  await formgrader.step(`assignment/${homework}/release_feedback`);
  const { stdout: csv } = await operator("assignment", "export", "--form", "moodle");
  expect(column(csv, homework)).toEqual({ ada: "4.5", alan: "2.0", grace: "" });
  const { stdout } = await operator("assignment", "status", "--json");
  const status = (JSON.parse(stdout) as Record<string, unknown>[]).find(
    (one) => one["assignment"] === homework,
  );
  expect(status).toMatchObject({
    submitted: 2,
    lateSubmissions: 2,
    graded: 2,
    feedback: 2,
    missing: ["grace"],
  });
  const changes = readFileSync(join(storage, "grading", "grades.jsonl"), "utf8");
  expect(changes).toMatch(
    new RegExp(`"who": "teacher", "student": "ada", "assignment": "${homework}"`),
  );
  const feedback = await kernelOf("ada").run(
    [
      "import pathlib, subprocess",
      `subprocess.run(["nbgrader", "fetch_feedback", ${python(homework)}], cwd=pathlib.Path.home(), check=True, capture_output=True)`,
      `found = list((pathlib.Path.home() / ${python(homework)} / "feedback").rglob("*.html"))`,
      "print(len(found), found[-1].read_text())",
    ].join("\n"),
    120,
  );
  expect(feedback).toMatch(/^1 /);
  expect(feedback).toContain("Score: 4.5 / 5.0");
  expect(feedback).not.toContain("only staff know");
});
