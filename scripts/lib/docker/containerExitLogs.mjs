// @ts-check
// The end of the log of a service's container that failed. Swarm starts another one and Pulumi waits, for
// four minutes, and the official provider then removes the service with its containers: the lines are
// shown at once, and kept for the end.
import { parseJson } from "../command/json.mjs";

const shownLines = 5;
/** Swarm restarts at once what fails at once; that it says the same each time is no news. */
const againAfterMs = 10_000;
const serviceLabel = "com.docker.swarm.service.name";

/** @typedef {{ Actor?: { ID?: string, Attributes?: Record<string, string> } }} ExitEvent */

/**
 * A container of a service that failed by itself.
 * @param {ExitEvent} event
 * @returns {{ id: string, service: string, code: string } | undefined} absent where nothing is wrong
 */
export function readExit({ Actor: { ID: id = "", Attributes: attributes = {} } = {} }) {
  const { [serviceLabel]: service = "", exitCode: code = "" } = attributes;
  // 143: it was asked to end, as at each update.
  const well = ["0", "143"];
  return service === "" || id === "" || well.includes(code) ? undefined : { id, service, code };
}

/** Listens to the engines of a semester while it is deployed. */
export class ExitLogs {
  /** @param {(text: string) => void} onFirst is told of each service once, as it happens */
  constructor(onFirst, now = Date.now) {
    this.onFirst = onFirst;
    this.now = now;
    /** By service. @type {Map<string, { at: number, text: string }>} */
    this.said = new Map();
    /** @type {Set<Promise<void>>} */
    this.asking = new Set();
    this.listening = new AbortController();
  }

  /** @param {string} stack @param {readonly import("./engine.mjs").Engine[]} engines */
  listen(stack, engines) {
    const wanted = { event: ["die"], type: ["container"], label: [`semesterhub.stack=${stack}`] };
    const filters = JSON.stringify(wanted);
    const { signal: abortSignal } = this.listening;
    for (const engine of engines) {
      engine.patient.getEvents({ filters, abortSignal }).then(
        (events) => {
          events.setEncoding("utf8");
          // Without it a failure is only told in fewer words.
          events.on("error", () => undefined);
          events.on("data", (/** @type {string} */ text) => {
            for (const line of text.split("\n").filter((each) => each.startsWith("{"))) {
              /** @type {ExitEvent} */
              const event = /** @type {never} */ (parseJson(line));
              const asked = this.hear(event, engine).finally(() => this.asking.delete(asked));
              this.asking.add(asked);
            }
          });
        },
        () => undefined,
      );
    }
  }

  /** @param {ExitEvent} event @param {Pick<import("./engine.mjs").Engine, "logs">} engine */
  async hear(event, engine) {
    const exit = readExit(event);
    if (exit === undefined) return;
    const { id, service, code } = exit;
    const before = this.said.get(service);
    if (before !== undefined && this.now() - before.at < againAfterMs) return;
    // Noted before it is asked for, so that ends in quick succession ask once.
    this.said.set(service, { at: this.now(), text: before?.text ?? "" });
    const log = await engine.logs(id, shownLines).catch(() => "");
    const lines = log.split("\n").filter((each) => each.trim() !== "");
    const text = [`${service} ended with code ${code}; its log ends with:`, ...lines].join(
      "\n    ",
    );
    this.said.set(service, { at: this.now(), text });
    if (before === undefined) this.onFirst(text);
  }

  /** Ends listening. @returns {Promise<string[]>} a text for each service */
  async end() {
    this.listening.abort();
    await Promise.all(this.asking);
    return [...this.said.values()].map(({ text }) => text).filter((text) => text !== "");
  }
}
