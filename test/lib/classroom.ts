/** People of a course at work in its exchange: each with a server, a kernel, and what they hand in. */
import { command, python, write, type Cell } from "./assignment";
import { Kernel } from "./kernel";
import type { Semester } from "./semester";
import { until } from "./until";

/** A person with a server and a kernel in it. */
interface Person {
  readonly user: ReturnType<Semester["user"]>;
  readonly kernel: Kernel;
}

/** What the intake writes for whoever handed something in. */
export type Receipt = Record<"assignment" | "received" | "reason", string> & {
  readonly accepted: boolean;
  readonly late_seconds: number;
};

export class Classroom {
  private constructor(
    private readonly people: ReadonlyMap<string, Person>,
    /** The exchange's folder, as everybody's server sees it. */
    readonly exchange: string,
  ) {}

  /** Logs people in, each with a server of their own. */
  static async open(semester: Semester, names: readonly [string, ...string[]]): Promise<Classroom> {
    const came = await Promise.all(
      names.map(async (name): Promise<[string, Person]> => {
        const user = semester.user(name);
        if (!(await user.logIn())) throw new Error(`${name} is not let in`);
        await user.start();
        await user.enter();
        return [name, { user, kernel: await Kernel.start(user) }];
      }),
    );
    const people = new Map(came);
    const print =
      "import os; print('/srv/nbgrader/exchange/' + os.environ['SEMESTERHUB_COURSE'], end='')";
    const exchange = await find(people, names[0]).kernel.run(print);
    return new Classroom(people, exchange.trim());
  }

  user(name: string): Person["user"] {
    return find(this.people, name).user;
  }

  kernel(name: string): Kernel {
    return find(this.people, name).kernel;
  }

  /** A JSON file of the exchange that only its student and staff can read; nothing where it isn't yet. */
  async told(name: string, file: string): Promise<unknown> {
    const path = `${this.exchange}/receipts/${name}/${file}`;
    const read = `import pathlib; p = pathlib.Path(${python(path)}); print(p.read_text() if p.exists() else "null")`;
    return JSON.parse(await this.kernel(name).run(read)) as unknown;
  }

  async receipts(name: string, assignment: string): Promise<Receipt[]> {
    const text = await this.kernel(name).run(
      [
        "import json, pathlib",
        `folder = pathlib.Path(${python(this.exchange)}, "receipts", ${python(name)})`,
        "found = [json.loads(p.read_text()) for p in sorted(folder.glob('* *.json'))]",
        "print(json.dumps(found))",
      ].join("\n"),
    );
    return (JSON.parse(text) as Receipt[]).filter((one) => one.assignment === assignment);
  }

  /** Fetches, writes an answer over the function's cell, adds cells, submits, and waits for the receipt. */
  async handIn(
    name: string,
    assignment: string,
    answer: string,
    change: (cells: Cell[]) => void = () => undefined,
  ): Promise<Receipt> {
    const kernel = this.kernel(name);
    const before = (await this.receipts(name, assignment)).length;
    const path = `~/${assignment}/p.ipynb`;
    const text = await kernel.run(
      [
        "import pathlib, subprocess",
        `path = pathlib.Path(${python(path)}).expanduser()`,
        `if not path.exists(): subprocess.run(["nbgrader", "fetch_assignment", ${python(assignment)}], cwd=pathlib.Path.home(), check=True, capture_output=True)`,
        "print(path.read_text())",
      ].join("\n"),
      120,
    );
    const made = JSON.parse(text) as { cells: Cell[] };
    for (const one of made.cells) if (one.id === "double") one.source = answer;
    change(made.cells);
    await write(kernel, path, JSON.stringify(made));
    const said = await command(kernel, "nbgrader", "submit", assignment);
    if (!said.endsWith("\n0\n")) throw new Error(`nbgrader submit: ${said}`);
    return until(`${name}'s receipt`, async () => (await this.receipts(name, assignment))[before]);
  }

  /** Stops everybody's server. */
  async close(): Promise<void> {
    await Promise.all([...this.people.values()].map(({ user }) => user.stop()));
  }
}

function find(people: ReadonlyMap<string, Person>, name: string): Person {
  const found = people.get(name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return found;
}
