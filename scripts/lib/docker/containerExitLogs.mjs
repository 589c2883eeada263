// @ts-check
// What a service's container said before it ended. Swarm starts another one and Pulumi waits, for four
// minutes, and the official provider then removes the service with its containers: what they said is
// told at once, and kept for the end.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { docker } from "./docker.mjs";

const shownLines = 5;
/** Swarm starts again at once what ends at once; that it says the same each time is no news. */
const againAfterMs = 10_000;
const separator = "\t";
const fields = [
  "{{.ID}}",
  '{{index .Actor.Attributes "com.docker.swarm.service.name"}}',
  '{{index .Actor.Attributes "exitCode"}}',
];

/**
 * The end of a container by itself, from a line of `docker events`.
 * @param {string} line
 * @returns {{ id: string, service: string, code: string } | undefined} absent where nothing is wrong
 */
export function readExit(line) {
  const [id = "", service = "", code = ""] = line.split(separator);
  // 143: it was asked to end, as at each update.
  const well = ["0", "143"];
  return service === "" || id === "" || well.includes(code) ? undefined : { id, service, code };
}

/** Listens to the engines of a semester while it is deployed. */
export class ExitLogs {
  /**
   * @param {string} stack
   * @param {readonly Pick<import("./docker.mjs").Engine, "env">[]} engines
   * @param {(text: string) => void} onFirst is told of each service once, as it happens
   * @param {() => number} now
   */
  constructor(stack, engines, onFirst = () => undefined, now = Date.now) {
    this.onFirst = onFirst;
    this.now = now;
    /** By service. @type {Map<string, { at: number, text: string }>} */
    this.said = new Map();
    /** @type {Set<Promise<void>>} */
    this.asking = new Set();
    const filters = ["event=die", `label=semesterhub.stack=${stack}`, "type=container"];
    this.listeners = engines.map(({ env }) => {
      const args = ["events", ...filters.flatMap((filter) => ["--filter", filter])];
      const child = spawn("docker", [...args, "--format", fields.join(separator)], {
        env,
        stdio: ["ignore", "pipe", "ignore"],
      });
      // Without it a failure is only told in fewer words.
      child.on("error", () => undefined);
      createInterface({ input: child.stdout }).on("line", (line) => {
        const asked = this.hear(line, env).finally(() => this.asking.delete(asked));
        this.asking.add(asked);
      });
      return child;
    });
  }

  /**
   * @param {string} line of `docker events`
   * @param {NodeJS.ProcessEnv} env
   * @param {typeof docker} run
   */
  async hear(line, env, run = docker) {
    const exit = readExit(line);
    if (exit === undefined) return;
    const { id, service, code } = exit;
    const before = this.said.get(service);
    if (before !== undefined && this.now() - before.at < againAfterMs) return;
    // Noted before it is asked for, so that ends in quick succession ask once.
    this.said.set(service, { at: this.now(), text: before?.text ?? "" });
    const { stdout, stderr } = await run(["logs", "--tail", String(shownLines), id], { env });
    const lines = `${stdout}${stderr}`.split("\n").filter((each) => each.trim() !== "");
    const text = [`${service} ended with code ${code}; its log ends with:`, ...lines].join(
      "\n    ",
    );
    this.said.set(service, { at: this.now(), text });
    if (before === undefined) this.onFirst(text);
  }

  /** Ends listening. @returns {Promise<string[]>} what was said, a text for each service */
  async end() {
    for (const child of this.listeners) child.kill();
    await Promise.all(this.asking);
    return [...this.said.values()].map(({ text }) => text).filter((text) => text !== "");
  }
}
