// @ts-check
// Pulumi's events as an operator reads them: what is done, what is going on, what went wrong.
import { splitUrn } from "./state.mjs";

/** @typedef {import("@pulumi/pulumi/automation/index.js").EngineEvent} EngineEvent */

/** What is said of a step that is done; steps that are not here change nothing. @type {Map<string, [string, string]>} */
const done = new Map([
  ["create", ["+", "created"]],
  ["update", ["~", "updated"]],
  ["delete", ["-", "deleted"]],
  ["create-replacement", ["++", "created replacement"]],
  ["delete-replaced", ["--", "deleted original"]],
  ["import", ["=", "imported"]],
  ["import-replacement", ["=", "imported replacement"]],
]);
/** A script that failed, or what starts one on a machine: Pulumi shows it in whole, ahead of its words. */
const script = /: running "(?:[^"\\]|\\.)*"/g;
const longest = 100;
/** Events tell of "debug" as well, which the SDK's type leaves out. @type {ReadonlySet<string>} */
const severities = new Set(["info", "info#err", "warning", "error"]);

/** Components hold other resources and are nothing themselves. @param {string} type */
const isComponent = (type) => type.startsWith("semesterhub:index:") || type.startsWith("pulumi:");

/** Sorts the events of one run of Pulumi. */
export class Narrator {
  /**
   * @param {(line: string) => void} write
   * @param {{ plan?: boolean }} [options] plan: nothing is done, what would be is shown
   */
  constructor(write, { plan = false } = {}) {
    this.write = write;
    this.plan = plan;
    /** What is being worked on: by name, with the last thing it said. @type {Map<string, { since: number, said: string }>} */
    this.working = new Map();
    /** How many resources changed, or would. */
    this.changes = 0;
    this.errors = 0;
  }

  /** @param {EngineEvent} event */
  hear({ diagnosticEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent, stdoutEvent }) {
    if (diagnosticEvent !== undefined) this.message(diagnosticEvent);
    if (stdoutEvent !== undefined) this.write(stdoutEvent.message.trimEnd());
    if (resOpFailedEvent !== undefined) {
      const [, name] = splitUrn(resOpFailedEvent.metadata.urn);
      this.working.delete(name);
    }
    if (resourcePreEvent !== undefined) {
      const { op, type, urn } = resourcePreEvent.metadata;
      if (this.plan || isComponent(type) || op === "same" || op === "refresh") return;
      this.working.set(splitUrn(urn)[1], { since: Date.now(), said: "" });
    }
    if (resOutputsEvent !== undefined) this.finished(resOutputsEvent.metadata);
  }

  /** @param {import("@pulumi/pulumi/automation/index.js").DiagnosticEvent} event */
  message({ urn, message, severity, ephemeral }) {
    const text = plainText(message);
    if (text === "" || !severities.has(severity)) return;
    const name = urn ? splitUrn(urn)[1] : "";
    if (ephemeral === true) {
      const work = this.working.get(name);
      if (work !== undefined) work.said = text.split("\n").at(-1) ?? "";
      return;
    }
    if (severity === "error") this.errors += 1;
    const sign = severity === "error" ? "✗ " : severity === "warning" ? "! " : "";
    const lines = `${sign}${name === "" ? "" : `${name}: `}${text}`.split("\n");
    this.write(lines.map((line) => `  ${line}`).join("\n"));
  }

  /** @param {import("@pulumi/pulumi/automation/index.js").StepEventMetadata} step */
  finished({ op, type, urn, diffs, detailedDiff }) {
    const [, name] = splitUrn(urn);
    const since = this.working.get(name)?.since;
    this.working.delete(name);
    const what = done.get(op);
    if (what === undefined || isComponent(type)) return;
    this.changes += 1;
    const [sign, words] = what;
    // What is not there is null in the events of newer CLIs.
    const keys = detailedDiff ? Object.keys(detailedDiff) : (diffs ?? []);
    const changed = this.plan && keys.length > 0 ? `: ${keys.join(", ")}` : "";
    const time = since === undefined ? "" : ` (${((Date.now() - since) / 1000).toFixed(1)} s)`;
    this.write(`  ${sign.padEnd(2)} ${name}${this.plan ? changed : ` ${words}${time}`}`);
  }

  /** What is going on, in a line; nothing when nothing is. */
  present() {
    return [...this.working]
      .map(([name, { said }]) => (said === "" ? name : `${name}: ${said}`))
      .map((text) => (text.length > longest ? `${text.slice(0, longest)}…` : text))
      .join(" | ");
  }
}

/**
 * A message without Pulumi's marks for colours, and without the script that failed.
 * @param {string} message
 */
function plainText(message) {
  return message
    .replace(/<\{%[^%]*%\}>/g, "")
    .replace(script, "")
    .trim();
}
