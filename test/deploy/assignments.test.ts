// An assignment from the teacher's notebook to the feedback, with real students' servers, the intake and
// the sandbox; and what a hostile student tries on the way. Small: three students, one assignment.
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HubUser } from "../lib/hubUser";
import { markdownPayloads, outputPayload, pagePayload } from "../lib/payloads";
import { exec, must, operator, Semester, testStack } from "../lib/semester";
import { until } from "../lib/until";

const graders = 19998;
const students = ["ada", "alan", "grace"] as const;
let semester: Semester;
let users: HubUser[];

const hiddenTest = "assert double(21) == 42  # only staff know this";

/** The teacher's notebook: a function, a visible and a hidden test. */
const source = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: "python3", display_name: "Python 3" } },
  cells: [
    code(
      "double",
      "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
      {
        solution: true,
      },
    ),
    code(
      "tests",
      `assert double(1) == 2\n### BEGIN HIDDEN TESTS\n${hiddenTest}\n### END HIDDEN TESTS`,
      { grade: true, locked: true, points: 3 },
    ),
  ],
};

function code(name: string, text: string, is: object): object {
  const kind = { grade: false, solution: false, locked: false, task: false, ...is };
  return {
    ...{ cell_type: "code", id: name, source: text, outputs: [], execution_count: null },
    metadata: { nbgrader: { schema_version: 3, grade_id: name, ...kind } },
  };
}

/** What hostile code tries in the sandbox; each line of output says what came of it. */
const attacks = `
import glob, os, socket
def attempt(name, does):
    try: print(name, "DONE", does())
    except BaseException as error: print(name, "refused", type(error).__name__)
attempt("network", lambda: socket.create_connection(("1.1.1.1", 53), 3))
attempt("hub", lambda: socket.create_connection(("hub", 8081), 3))
attempt("name service", lambda: socket.gethostbyname("hub"))
attempt("jobs", lambda: os.listdir("/srv/sandbox"))
attempt("environment", lambda: open("/proc/1/environ").read())
attempt("parent", lambda: open(f"/proc/{os.getppid()}/mem", "rb").read(1))
attempt("secrets", lambda: open(glob.glob("/run/secrets/*")[0]).read())
attempt("exchange", lambda: glob.glob("/srv/nbgrader/exchange/*")[0])
attempt("root", lambda: os.setuid(0))
attempt("image", lambda: open("/opt/notebook/x", "w"))
print("token", any("TOKEN" in name for name in os.environ))
def fill():
    with open("/tmp/fill", "wb") as file:
        for _ in range(5000): file.write(b"x" * 2**20)
attempt("disk", fill)
if os.path.exists("/tmp/fill"): os.remove("/tmp/fill")
def fork():
    for _ in range(2000):
        if os.fork() == 0: os.pause() if hasattr(os, "pause") else __import__("signal").pause()
attempt("fork", fork)
`;
const output = `for _ in range(300): print("y" * 2**20)`;
const endless = "while True: pass";

/** Runs Python in somebody's server, as that person. */
async function as(name: string, text: string): Promise<string> {
  const [id, uid] = [await semester.studentContainer(name), await semester.studentUser(name)];
  const { stdout, stderr } = await must(
    "docker",
    ["exec", "--interactive", "--user", uid, "--workdir", `/home/${name}`, id, "python3", "-"],
    { input: text },
  );
  return stdout + stderr;
}

/** Fetches and works: the answer, and more cells of one's own. */
const work = (answer: string, ...more: string[]): string => `
import json, subprocess, os
os.environ["HOME"] = os.getcwd()
subprocess.run(["nbgrader", "fetch_assignment", "ps1"], check=True, capture_output=True)
notebook = json.load(open("ps1/p1.ipynb"))
for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("solution"):
        cell["source"] = ${JSON.stringify(answer)}
for index, text in enumerate(json.loads(${JSON.stringify(JSON.stringify(more))})):
    notebook["cells"].insert(1, {"cell_type": "code", "id": f"more-{index}", "metadata": {},
        "source": text, "outputs": [], "execution_count": None})
json.dump(notebook, open("ps1/p1.ipynb", "w"))
`;

/** Adds what wants to run script in a grader's browser, which test/browser/grading.test.ts opens. */
const hostilePages = `
import json
notebook = json.load(open("ps1/p1.ipynb"))
for index, text in enumerate(json.loads(${JSON.stringify(JSON.stringify(markdownPayloads))})):
    notebook["cells"].append({"cell_type": "markdown", "id": f"page-{index}", "metadata": {},
        "source": text})
json.dump(notebook, open("ps1/p1.ipynb", "w"))
open("ps1/evil.html", "w").write(${JSON.stringify(pagePayload)})
`;

const submit = (...options: string[]): string => `
import os, subprocess
os.environ["HOME"] = os.getcwd()
subprocess.run(["nbgrader", "submit", "ps1", *${JSON.stringify(options)}], check=True)
`;

interface Receipt {
  readonly accepted: boolean;
  readonly reason: string | null;
  readonly late_seconds: number;
}

/** The receipts that somebody finds. */
async function receipts(name: string): Promise<Receipt[]> {
  const text = await as(
    name,
    `import glob
print("[" + ",".join(open(path).read() for path in sorted(
    glob.glob("/srv/nbgrader/exchange/${testStack}/receipts/${name}/ps1 *.json"))) + "]")`,
  );
  return JSON.parse(text) as Receipt[];
}

const newReceipt = async (name: string, before: number): Promise<Receipt> =>
  until(`a receipt for ${name}`, async () => (await receipts(name)).slice(before).at(-1), {
    seconds: 60,
  });

const grades = async (): Promise<string> => (await operator("assignment", "export")).stdout;

beforeAll(async () => {
  semester = await Semester.up();
  const folder = join(semester.outputs.storage.path, "course", "source", "ps1");
  mkdirSync(folder, { recursive: true, mode: 0o2770 });
  writeFileSync(join(folder, "p1.ipynb"), JSON.stringify(source), { mode: 0o660 });
  for (const path of [folder, join(folder, "p1.ipynb")]) chownSync(path, 0, graders);
  users = students.map((name) => semester.user(name));
  for (const user of users) {
    expect(await user.logIn()).toBe(true);
    await user.start(180);
  }
  await operator("assignment", "release", "ps1");
});

afterAll(async () => {
  for (const user of users) await user.stop();
});

test("what is handed in has its owner's name and a receipt; another's name is refused", async () => {
  await as("ada", work("def double(x):\n    return 2 * x") + submit());
  expect(await newReceipt("ada", 0)).toMatchObject({ accepted: true, late_seconds: 0 });
  await as("alan", work("def double(x):\n    return 3 * x") + submit());
  expect(await newReceipt("alan", 0)).toMatchObject({ accepted: true });
  await as("alan", submit("--student=ada"));
  const refused = await newReceipt("alan", 1);
  expect(refused.accepted).toBe(false);
  expect(refused.reason).toContain("another's name");
  expect(await receipts("ada")).toHaveLength(1);
});

test("a student sees no other's submission or receipt, and makes no folder of the exchange", async () => {
  const seen = await as(
    "grace",
    `import os
def attempt(name, does):
    try: print(name, "DONE", does())
    except OSError as error: print(name, "refused")
top = "/srv/nbgrader/exchange/"
attempt("inbound", lambda: os.listdir(top + "${testStack}/inbound"))
attempt("receipts", lambda: os.listdir(top + "${testStack}/receipts/ada"))
attempt("feedback", lambda: os.listdir(top + "${testStack}/feedback"))
attempt("outbound", lambda: os.mkdir(top + "${testStack}/outbound/ps2"))
attempt("course", lambda: os.mkdir(top + "other"))
attempt("course folder", lambda: os.listdir("/srv/course"))`,
  );
  expect(seen).not.toContain("DONE");
});

test("hostile code finds nothing in the sandbox, and breaks no limit", async () => {
  await as(
    "grace",
    work("def double(x):\n    return 2 * x", outputPayload, endless, output, attacks) +
      hostilePages +
      submit(),
  );
  expect(await newReceipt("grace", 0)).toMatchObject({ accepted: true });
  await operator("assignment", "collect", "ps1");
  await operator("assignment", "autograde", "ps1");
  const path = join(semester.outputs.storage.path, "course/autograded/grace/ps1/p1.ipynb");
  const { stdout } = await must("cat", [path]);
  expect(stdout.length).toBeLessThan(20 * 2 ** 20);
  const said = stdout.split("\\n").filter((line) => /refused|DONE|token/.test(line));
  expect(said.filter((line) => line.includes("DONE"))).toEqual([]);
  expect(stdout).toContain("network refused");
  expect(stdout).toContain("disk refused");
  expect(stdout).toContain("token False");
  const rows = await grades();
  expect(rows).toContain("ada,ada,,3.0");
  expect(rows).toContain("alan,alan,,0.0");
});

test("feedback comes back to its student alone, without the hidden tests", async () => {
  await operator("assignment", "feedback", "ps1");
  const read = `
import glob, os, subprocess
os.environ["HOME"] = os.getcwd()
subprocess.run(["nbgrader", "fetch_feedback", "ps1"], check=True, capture_output=True)
page = open(glob.glob("ps1/feedback/*/p1.html")[0]).read()
print("hidden" if "only staff know" in page else "clean", len(page) > 1000)`;
  expect((await as("alan", read)).trim()).toBe("clean True");
});

test("after a deadline that closes, nothing is taken but from who has more time", async () => {
  await operator("assignment", "deadline", "ps1", "2020-01-01T12:00", "--late", "close");
  await operator("assignment", "deadline", "ps1", "2099-01-01T12:00", "--for", "ada");
  for (const [name, taken] of [
    ["alan", false],
    ["ada", true],
  ] as const) {
    const before = (await receipts(name)).length;
    await as(name, submit());
    expect([name, (await newReceipt(name, before)).accepted]).toEqual([name, taken]);
  }
  await operator("assignment", "deadline", "ps1");
});

test("a student has no way into formgrader", async () => {
  const [ada] = users;
  const answer = await ada?.session.visit("/services/grading/formgrader/api/students");
  expect(answer?.status).toBe(403);
  const direct = await exec("docker", [
    ...["exec", await semester.studentContainer("ada"), "python3", "-c"],
    "import socket; socket.create_connection(('grading', 8000), 3)",
  ]);
  expect(direct.code).not.toBe(0);
});
