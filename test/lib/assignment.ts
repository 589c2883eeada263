import type { HubUser } from "./hubUser";
import type { Kernel } from "./kernel";

/** A line that is in the hidden tests alone: whoever has it has read them. */
export const hiddenLine = "assert double(21) == 42  # only staff know this line";

/** What nbgrader's notes on a cell say. */
type Notes = Partial<Record<"grade" | "solution" | "locked", boolean>> & { points?: number };

/** A cell of a notebook. */
export interface Cell {
  readonly cell_type: "code" | "markdown" | "raw";
  readonly id: string;
  readonly metadata: Record<string, unknown>;
  source: string;
  readonly outputs?: unknown[];
  readonly execution_count?: null;
  readonly attachments?: Record<string, Record<string, string>>;
}

/** A cell, graded or not. */
export function cell(
  type: Cell["cell_type"],
  id: string,
  source: string,
  notes?: Notes,
  metadata: Record<string, unknown> = {},
): Cell {
  const nbgrader = { schema_version: 3, grade_id: id, ...plain, ...notes };
  return {
    cell_type: type,
    id,
    source,
    metadata: { ...metadata, ...(notes && { nbgrader }) },
    ...(type === "code" && { outputs: [], execution_count: null }),
  };
}

const plain = { grade: false, solution: false, locked: false, task: false };

/** A notebook's text. */
export function notebook(cells: readonly Cell[], metadata: Record<string, unknown> = {}): string {
  const kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec, ...metadata },
    cells,
  });
}

/** The teacher's notebook: a function with visible and hidden tests (3 points), and an essay (2). */
export function source(): string {
  const tests = `assert double(1) == 2\n### BEGIN HIDDEN TESTS\n${hiddenLine}\n### END HIDDEN TESTS`;
  return notebook([
    cell("markdown", "title", "# Doubling"),
    cell(
      "code",
      "double",
      "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
      { solution: true },
    ),
    cell("code", "tests", tests, { grade: true, locked: true, points: 3 }),
    cell("markdown", "essay", "Say why.", { grade: true, solution: true, points: 2 }),
  ]);
}

/** Text as a Python literal: JSON's strings are Python's, but for escapes that both know. */
export const python = (value: string): string => JSON.stringify(value);

/** Runs a command at home in a kernel; answers with what it printed, and its exit code in the last line. */
export async function command(kernel: Kernel, ...words: readonly string[]): Promise<string> {
  return kernel.run(
    [
      "import pathlib, subprocess",
      `done = subprocess.run(${JSON.stringify(words)}, capture_output=True, text=True, cwd=pathlib.Path.home())`,
      "print(done.stdout, done.stderr, done.returncode, sep='\\n')",
    ].join("\n"),
    120,
  );
}

/** Writes a file from a kernel, and the folders above it. */
export async function write(kernel: Kernel, path: string, text: string): Promise<void> {
  await kernel.run(
    [
      "import pathlib",
      `path = pathlib.Path(${python(path)}).expanduser()`,
      "path.parent.mkdir(parents=True, exist_ok=True)",
      `path.write_text(${python(text)})`,
    ].join("\n"),
  );
}

/** Writes an assignment's only notebook, `p.ipynb`, from a grader's server that runs. */
export async function writeSource(teacher: HubUser, name: string, text: string): Promise<void> {
  const put = (path: string, body: object) =>
    teacher.serverApi(`/contents/${path}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  for (const folder of ["course/source", `course/source/${name}`]) {
    await put(folder, { type: "directory" });
  }
  const content = JSON.parse(text) as unknown;
  const written = { type: "notebook", format: "json", content };
  const answer = await put(`course/source/${name}/p.ipynb`, written);
  if (![200, 201].includes(answer.status)) {
    throw new Error(`${name}'s notebook was not written: ${answer.status} ${answer.text}`);
  }
}

/** Formgrader as a grader's browser speaks to it. */
export class Formgrader {
  static readonly path = "/services/grading";

  constructor(private readonly user: HubUser) {}

  /** Opens a page, logging in at the service on the way. */
  async open(path: string): Promise<{ status: number; text: string }> {
    return this.user.session.visit(`${Formgrader.path}${path}`);
  }

  /** Asks the API. */
  async api(path: string, method = "GET", body?: unknown): Promise<unknown> {
    const { session } = this.user;
    const base = `${Formgrader.path}/`;
    const answer = await session.ask(`${base}formgrader/api/${path}`, {
      method,
      headers: {
        "x-xsrftoken": session.cookie("_xsrf", base) ?? "",
        "content-type": "application/json",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "same-origin",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      timeout: 300_000,
    });
    if (answer.status !== 200)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text) as unknown;
  }

  /** Does a step of an assignment, and waits for its end: a failed one is an error with its log. */
  async step(path: string): Promise<void> {
    const done = (await this.api(path, "POST")) as { success: boolean; error: string; log: string };
    if (!done.success) throw new Error(`${path}: ${done.error}\n${done.log}`);
  }

  /** Gives a student points for a cell of an assignment's only notebook. */
  async grade(assignment: string, name: string, student: string, points: number): Promise<void> {
    const all = (await this.api(`submitted_notebooks/${assignment}/${name}`)) as {
      id: string;
      student: string;
    }[];
    const id = all.find((one) => one.student === student)?.id ?? "";
    const grades = (await this.api(`grades?submission_id=${id}`)) as { id: string; name: string }[];
    const grade = grades.find((one) => one.name === "essay");
    await this.api(`grade/${grade?.id ?? ""}`, "PUT", { ...grade, manual_score: points });
  }
}
