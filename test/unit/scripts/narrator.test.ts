// Pulumi's events, as an operator reads them.
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import { Narrator } from "../../../scripts/lib/pulumi/narrator.mjs";

const urn = (type: string, name: string) => `urn:pulumi:dev::semesterhub::${type}::${name}`;
const service = "docker:index/service:Service";
const step = (op: OpType, name: string, type = service, more = {}) => ({
  metadata: { op, urn: urn(type, name), type, provider: "", ...more },
});
const event = (part: object) => ({ sequence: 1, timestamp: 1, ...part }) as EngineEvent;
const begins = (...args: Parameters<typeof step>) => event({ resourcePreEvent: step(...args) });
const ends = (...args: Parameters<typeof step>) => event({ resOutputsEvent: step(...args) });
const says = (name: string, message: string, more = {}) =>
  event({
    diagnosticEvent: {
      urn: urn(service, name),
      message,
      severity: "info",
      color: "never",
      ...more,
    },
  });

function told(events: readonly EngineEvent[], options = {}) {
  const lines: string[] = [];
  const narrator = new Narrator((line) => lines.push(line), options);
  for (const each of events) narrator.hear(each);
  return { lines, narrator };
}

test("what is done is told, what goes on is remembered with what it says", () => {
  const { lines, narrator } = told([
    begins("create", "hub"),
    says("hub", "Step 1/2", { ephemeral: true }),
    says("hub", "Step 2/2", { ephemeral: true }),
  ]);
  expect(lines).toEqual([]);
  expect(narrator.present()).toBe("hub: Step 2/2");
  narrator.hear(ends("create", "hub"));
  expect(lines).toEqual([expect.stringMatching(/^ {2}\+ {2}hub created \(0\.\d s\)$/)]);
  expect(narrator.present()).toBe("");
  expect(narrator.changes).toBe(1);
});

test("a replacement is its two halves", () => {
  const steps: OpType[] = ["delete-replaced", "replace", "create-replacement"];
  const { lines } = told(steps.flatMap((op) => [begins(op, "proxy"), ends(op, "proxy")]));
  expect(lines).toEqual([
    expect.stringMatching(/^ {2}-- proxy deleted original/),
    expect.stringMatching(/^ {2}\+\+ proxy created replacement/),
  ]);
});

test("components, and what is as it was, are not told of", () => {
  const { lines, narrator } = told([
    begins("create", "semesterhub-dev", "semesterhub:index:HubHost"),
    ends("create", "semesterhub-dev", "semesterhub:index:HubHost"),
    begins("same", "hub"),
    ends("same", "hub"),
    begins("refresh", "chp"),
    ends("refresh", "chp"),
  ]);
  expect(lines).toEqual([]);
  expect(narrator.present()).toBe("");
  expect(narrator.changes).toBe(0);
});

test("debug messages, and what newer CLIs leave null, are no trouble", () => {
  const nothing = { diffs: null, detailedDiff: null };
  const { lines } = told([
    says("hub", "Registering resource", { severity: "debug" }),
    begins("update", "hub", service, nothing),
    ends("update", "hub", service, nothing),
  ]);
  expect(lines).toEqual([expect.stringMatching(/hub updated/)]);
});

test("a preview shows which properties would change", () => {
  const { lines, narrator } = told(
    [begins("update", "hub"), ends("update", "hub", service, { diffs: ["image", "env"] })],
    { plan: true },
  );
  expect(lines).toEqual(["  ~  hub: image, env"]);
  expect(narrator.changes).toBe(1);
});

test("a failure is told with the resource's name, without the script that failed", () => {
  const script = String.raw`error: exit status 1: running "#!/bin/sh\nset -eu\necho \"a\\b\"\n": it is "gone"`;
  const { lines, narrator } = told([
    begins("create", "tree"),
    says("tree", `<{%reset%}>${script}\nsecond line<{%reset%}>\n`, { severity: "error" }),
    event({ resOpFailedEvent: { ...step("create", "tree"), status: 0, steps: 0 } }),
  ]);
  expect(lines).toEqual(['  ✗ tree: error: exit status 1: it is "gone"\n  second line']);
  expect(narrator.errors).toBe(1);
  expect(narrator.present()).toBe("");
});
