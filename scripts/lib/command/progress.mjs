// @ts-check
// Steps with their time: a moving line each on a terminal, plain lines elsewhere.
import { formatDuration } from "./text.mjs";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const redrawMs = 100;
/** Off a terminal a step says nothing for this long, and then that it is at work. */
const quietMs = 2000;
const heartbeatMs = 20_000;

/**
 * @typedef {object} Active
 * @property {string} title
 * @property {number} started
 * @property {string} note the last thing it said
 *
 * @typedef {(note: string) => void} Log what a step says of itself while it runs
 */

/** Shows steps that run one after another or side by side. */
export class Progress {
  /** @param {NodeJS.WriteStream} [out] */
  constructor(out = process.stdout) {
    this.out = out;
    this.terminal = out.isTTY && process.env["TERM"] !== "dumb" && process.env["CI"] === undefined;
    this.colours = this.terminal && process.env["NO_COLOR"] === undefined;
    /** @type {Set<Active>} */
    this.active = new Set();
    this.drawn = 0;
    this.frame = 0;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
  }

  /** @param {string} text */
  heading(text) {
    this.line(`\n${this.colours ? `\u001b[1m${text}\u001b[22m` : text}`);
  }

  /** Writes a line above whatever moves. @param {string} text */
  line(text) {
    this.erase();
    this.out.write(`${text}\n`);
    this.draw();
  }

  /** @param {"ok" | "warning" | "failed"} how @param {string} text */
  mark(how, text) {
    const [sign, colour] =
      how === "ok" ? ["✓", "32"] : how === "warning" ? ["!", "33"] : ["✗", "31"];
    this.line(`  ${this.colours ? `\u001b[${colour}m${sign}\u001b[39m` : sign} ${text}`);
  }

  /**
   * Runs one step; what it returns may say something about how it went.
   * @template T
   * @param {string} title
   * @param {(log: Log) => Promise<T>} work
   * @param {(result: T) => string} [tell] what is said beside the title at the end
   * @returns {Promise<T>}
   */
  async step(title, work, tell) {
    const started = Date.now();
    const took = () => formatDuration((Date.now() - started) / 1000);
    try {
      const result = await this.quietly(title, work);
      const said = tell?.(result) ?? "";
      this.mark("ok", `${title}${said === "" ? "" : `: ${said}`} (${took()})`);
      return result;
    } catch (error) {
      this.mark("failed", `${title} (${took()})`);
      throw error;
    }
  }

  /**
   * Runs something that leaves no line behind: it only moves while it takes its time.
   * @template T
   * @param {string} title
   * @param {(log: Log) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async quietly(title, work) {
    /** @type {Active} */
    const step = { title, started: Date.now(), note: "" };
    this.active.add(step);
    const say = () => {
      const note = step.note === "" ? "" : `: ${step.note}`;
      this.out.write(
        `  … ${title} (${formatDuration((Date.now() - step.started) / 1000)})${note}\n`,
      );
    };
    const beat = this.terminal ? [] : [setTimeout(say, quietMs), setInterval(say, heartbeatMs)];
    if (this.terminal) this.timer ??= setInterval(this.redraw.bind(this), redrawMs);
    try {
      return await work((note) => {
        step.note = note.trim();
      });
    } finally {
      for (const timer of beat) clearTimeout(timer);
      this.erase();
      this.active.delete(step);
      if (this.active.size === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
      }
    }
  }

  redraw() {
    this.frame += 1;
    this.erase();
    this.draw();
  }

  erase() {
    if (this.drawn > 0) this.out.write(`\u001b[${String(this.drawn)}A\u001b[0J`);
    this.drawn = 0;
  }

  draw() {
    if (!this.terminal) return;
    const width = this.out.columns;
    for (const step of this.active) {
      const sign = frames[this.frame % frames.length] ?? "";
      const time = formatDuration(Math.floor((Date.now() - step.started) / 1000));
      const text = `  ${sign} ${step.title} (${time}) ${step.note}`;
      this.out.write(`${text.slice(0, width - 1)}\n`);
      this.drawn += 1;
    }
  }
}
