import type { HubUser } from "../lib/hubUser";
import { Kernel } from "../lib/kernel";
import { wait, type Chance } from "./chance";
import type { Ledger } from "./ledger";

/** Something that did not work at once. */
export interface Trouble {
  readonly student: string;
  readonly what: string;
  readonly why: string;
  readonly began: number;
  /** When it worked again; absent: it never did. */
  ended?: number;
}

/** What students notice, all of them together. */
export interface Notebook {
  readonly troubles: Trouble[];
  /** Kernels that lost their variables though nobody stopped them. */
  readonly kernelsLost: string[];
  /** Answers that were wrong, not missing: none may be. */
  readonly wrong: string[];
  /** Things that students did. */
  acts: number;
}

/** How long somebody goes on trying one thing. */
const patienceSeconds = 240;
const files = ["notes.txt", "homework.txt", "results.csv"];

/** Somebody who logs in, computes, saves, uploads, goes away for a while or logs out, and comes back. */
export class Student {
  private kernel: { readonly kernel: Kernel; readonly mark: string } | undefined;
  private inside = false;
  private saves = 0;

  constructor(
    private readonly makeUser: () => HubUser,
    private readonly chance: Chance,
    private readonly ledger: Ledger,
    private readonly notebook: Notebook,
    /** Long enough for an idle server to be stopped. */
    private readonly awaySeconds: number,
  ) {
    this.user = makeUser();
  }

  private user: HubUser;

  /** Works until a moment, in milliseconds. */
  async workUntil(end: number): Promise<void> {
    await wait(this.chance.next() * 10);
    while (Date.now() < end) {
      if (!this.inside) await this.attempt("get in", () => this.getIn(), end);
      const act = this.chance.pick([
        "compute",
        "compute",
        "save",
        "save",
        "upload",
        "read",
        "rest",
      ]);
      await this.attempt(act, () => this.act(act), end);
      if (this.chance.next() < 0.05) await this.goAway(end);
      await wait(1 + this.chance.next() * 4);
    }
  }

  private async act(what: string): Promise<void> {
    this.notebook.acts += 1;
    const file = this.chance.pick(files);
    switch (what) {
      case "compute":
        return this.compute();
      case "save":
        return this.save(file, 1 + this.chance.next() * 200);
      case "upload":
        return this.save("upload.txt", 4000);
      case "read":
        return this.read(file);
      default:
        return wait(5 + this.chance.next() * 25);
    }
  }

  private async getIn(): Promise<void> {
    const { user } = this;
    if (!(await user.logIn())) throw new Error("not let in");
    await user.start(120);
    const page = await user.enter();
    if (page.status !== 200) throw new Error(`JupyterLab answered ${page.status}`);
    this.inside = true;
  }

  private async compute(): Promise<void> {
    if (this.kernel === undefined) {
      const kernel = await Kernel.start(this.user);
      const mark = String(Math.floor(this.chance.next() * 1e9));
      await kernel.run(`mark = ${mark}`);
      this.kernel = { kernel, mark };
    }
    const { kernel, mark } = this.kernel;
    let printed: string;
    try {
      printed = await kernel.run("print(globals().get('mark'), sum(range(10**6)))");
    } catch (error) {
      if (!(await kernel.exists())) this.forgetKernel();
      throw error;
    }
    if (printed === `${mark} 499999500000\n`) return;
    if (printed.startsWith("None ")) this.forgetKernel();
    else this.notebook.wrong.push(`${this.user.name}: a cell printed ${printed}`);
  }

  /** A kernel is gone, with its variables, though its student did not stop it. */
  private forgetKernel(): void {
    this.kernel = undefined;
    this.notebook.kernelsLost.push(`${this.user.name} at ${new Date().toISOString()}`);
  }

  private async save(file: string, lines: number): Promise<void> {
    const { name } = this.user;
    this.saves += 1;
    const line = `${name} ${this.saves} ${this.chance.next()}\n`;
    const content = line.repeat(Math.ceil(lines));
    this.ledger.asked(name, file, content);
    const answer = await this.user.serverApi(`/contents/${file}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "file", format: "text", content }),
    });
    if (![200, 201].includes(answer.status)) throw new Error(`${file}: ${answer.status}`);
    this.ledger.told(name, file, content);
  }

  private async read(file: string): Promise<void> {
    const { name } = this.user;
    const answer = await this.user.serverApi(`/contents/${file}?content=1&format=text&type=file`);
    if (answer.status === 404 && !this.ledger.expects(name, file)) return;
    if (answer.status !== 200) throw new Error(`${file}: ${answer.status}`);
    const { content } = JSON.parse(answer.text) as { content: string };
    if (!this.ledger.fits(name, file, content)) {
      this.notebook.wrong.push(`${name}: ${file} was read with other content`);
    }
  }

  /** Stops the server, or logs out and leaves it, or closes the page, or is away until it is culled. */
  private async goAway(end: number): Promise<void> {
    const long = Date.now() + this.awaySeconds * 1000 < end;
    const how = this.chance.pick(["stop", "log out", "close", ...(long ? ["be away"] : [])]);
    if (how === "stop") await this.attempt(how, () => this.user.stop(90), end);
    if (how === "log out") await this.attempt(how, () => this.logOut(), end);
    await wait(how === "be away" ? this.awaySeconds : 5 + this.chance.next() * 20);
    if (how === "close") return;
    this.inside = false;
    this.kernel = undefined;
    this.user = this.makeUser();
  }

  private async logOut(): Promise<void> {
    const { status } = await this.user.session.visit("/hub/logout");
    if (status !== 200) throw new Error(`the page after it answered ${status}`);
  }

  /** Tries, as people do, until it works; what did not work at once is noted. */
  private async attempt(what: string, work: () => Promise<void>, end: number): Promise<void> {
    let trouble: Trouble | undefined;
    const began = Date.now();
    for (;;) {
      try {
        await work();
        if (trouble) trouble.ended = Date.now();
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
        if (trouble === undefined) {
          trouble = { student: this.user.name, what, why, began };
          this.notebook.troubles.push(trouble);
        }
        if (Date.now() - began > patienceSeconds * 1000) return;
        if (Date.now() > end + patienceSeconds * 1000) return;
        await wait(1 + this.chance.next() * 3);
        // A page that fails is loaded again: the server may have been stopped, the login forgotten.
        if (what !== "get in") await this.reload();
      }
    }
  }

  private async reload(): Promise<void> {
    try {
      const page = await this.user.enter();
      if (page.status === 200) return;
      this.kernel = undefined;
      await this.getIn();
    } catch {
      // Then so: who tries again sees why.
    }
  }
}
