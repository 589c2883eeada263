import { Formgrader, source, writeSource, type Cell } from "./assignment";
import { answers, handInAll, points } from "./handingIn";
import type { HubUser } from "./hubUser";
import { Kernel } from "./kernel";
import type { Done } from "./semester";

/** A course on machines that has given nothing out yet. */
export interface TermCourse {
  /** Lets somebody of the roster in, who then can log in by `user`. */
  readonly member: (name: string) => Promise<HubUser>;
  /** Somebody at the login page. */
  readonly user: (name: string) => HubUser;
  /** One of the operator's commands; fails if that does. */
  readonly operate: (script: string, ...args: string[]) => Promise<Done>;
  /** A file of the course folder, read on the machine that has the files. */
  readonly read: (path: string) => Promise<string>;
}

const students = ["ada", "grace", "emmy", "kurt"] as const;
const graders = ["teacher", "tutor"] as const;
const assignment = "ps1";
/** What the tests give, by how each student answers. */
const byTests = Object.fromEntries(students.map((name, index) => [name, points(index)]));

/**
 * Tests of one assignment from a teacher's notebook to feedback in a student's home, where files come over
 * the network and the grading sandbox runs on other machines.
 *
 * @param seconds that one step of one person may take
 */
export function smallTerm(makeCourse: () => Promise<TermCourse>, seconds: number): void {
  let course: TermCourse;

  beforeAll(async () => {
    course = await makeCourse();
    for (const name of [...students, ...graders]) await course.member(name);
  });

  const step = (name: string) => course.operate("assignment", name, assignment);

  /** Each student's points, by the export. */
  async function grades(): Promise<Record<string, number>> {
    const { stdout } = await course.operate("assignment", "export");
    const [head = [], ...rows] = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const column = head.indexOf(assignment);
    const all = Object.fromEntries(rows.map((row) => [row[0] ?? "", Number(row[column])]));
    return Object.fromEntries(students.map((name) => [name, all[name] ?? Number.NaN]));
  }

  test("a teacher writes an assignment on a node, and the operator gives it out", async () => {
    const teacher = await course.member("teacher");
    await teacher.start(seconds);
    await teacher.enter();
    await writeSource(teacher, assignment, source());
    await step("release");
    await teacher.stop(seconds);
  });

  test("students on the nodes fetch it, hand in, and have a receipt", async () => {
    await handInAll(course, students, [assignment], { atOnce: 2, seconds });
    const { stdout } = await course.operate("assignment", "status", "--json");
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ assignment, submitted: students.length, missing: ["alan"] }),
    ]);
  });

  test("each is graded in a sandbox, as computed, by what that student handed in", async () => {
    await step("collect");
    await step("autograde");
    expect(await grades()).toEqual(byTests);
    for (const [index, student] of students.entries()) {
      const text = await course.read(`submitted/${student}/${assignment}/p.ipynb`);
      const { cells } = JSON.parse(text) as { cells: Cell[] };
      const sources = cells.map((cell) => [cell.source].flat().join(""));
      expect(sources).toContain(`"by ${student} for ${assignment}"`);
      expect(sources).toContain(answers[index % answers.length]);
    }
  });

  test("two graders grade the essays at the same time", async () => {
    await Promise.all(
      graders.map(async (grader, lane) => {
        const formgrader = new Formgrader(await course.member(grader));
        const page = await formgrader.open("/formgrader/manage_assignments");
        expect(page.status).toBe(200);
        for (const [index, student] of students.entries()) {
          if (index % graders.length !== lane) continue;
          await formgrader.grade(assignment, "p", student, index % 3);
        }
      }),
    );
    const wanted = students.map((name, index) => [name, points(index) + (index % 3)] as const);
    expect(await grades()).toEqual(Object.fromEntries(wanted));
  });

  test("feedback comes into a student's home", async () => {
    await step("feedback");
    const ada = await course.member("ada");
    await ada.start(seconds);
    await ada.enter();
    const kernel = await Kernel.start(ada);
    const said = await kernel.run(
      [
        "import pathlib, subprocess",
        `words = ["nbgrader", "fetch_feedback", "${assignment}"]`,
        "done = subprocess.run(words, capture_output=True, text=True, cwd=pathlib.Path.home())",
        `found = list(pathlib.Path.home().glob("${assignment}/feedback/*/p.html"))`,
        'print(len(found), "by ada" in found[0].read_text() if found else done.stderr)',
      ].join("\n"),
      seconds,
    );
    expect(said.trim()).toBe("1 True");
    await ada.stop(seconds);
  });
}
