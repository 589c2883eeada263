// What a first `up` of a course of seven nodes waits for, and docs/critical-path.md, which shows it.
// UPDATE_DOCS=1 npm run test:unit writes the page anew.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Program, Registration } from "../lib/harness";
import { owned } from "../lib/machinesOf";
import { run } from "../lib/several";
import { criticalPathPage, longest, schedule, type Step } from "../lib/criticalPath";

/** Seconds, measured on machine containers and on testcloud (a VM until SSH answers: 47). */
const seconds: readonly (readonly [RegExp, number])[] = [
  [/-hostkey$/, 48],
  [/-base$/, 40],
  [/-docker$/, 30],
  [/-engine$/, 2],
  [/^notebook-image$/, 90],
  [/^hub-image$/, 75],
  [/^chp-image$/, 40],
  [/^backup-image$/, 35],
  [/^(proxy|registry)-image$/, 30],
  [/^(homes|firewall)-image$/, 20],
  [/^notebook-push$/, 25],
  [/^(firewall|proxy)-push$/, 6],
  [/^notebook-pull-/, 25],
  [/^(firewall|proxy)-pull-/, 5],
  [/^nfs$/, 15],
  [/^storage-/, 10],
  [/^(join|worker)-/, 1.5],
  [/^(course|control)$/, 1],
  [/^course-check$/, 11],
];
const types: Readonly<Record<string, number>> = {
  "docker:index/service:Service": 8,
  "docker:index/container:Container": 6,
  "command:remote:Command": 0.5,
  "docker:index/secret:Secret": 0.2,
  "docker:index/serviceConfig:ServiceConfig": 0.2,
};

const lasts = ({ name, type, custom }: Registration) =>
  custom && !type.startsWith("pulumi:providers:")
    ? ((types[type] !== 8 ? seconds.find(([pattern]) => pattern.test(name))?.[1] : undefined) ??
      types[type] ??
      0)
    : 0;

let program: Program;
let steps: ReadonlyMap<string, Step>;
beforeAll(async () => {
  program = await run(7);
  steps = schedule(program, lasts);
});

const at = (thing: string, type?: string): Step => {
  const step = steps.get(program.byName(thing, type).urn);
  if (!step) throw new Error(`${thing} is not in time`);
  return step;
};
const service = "docker:index/service:Service";
const short = ({ name }: Step) => name;

test("what is waited for is the hub's machine and the notebook's image, and nothing that needn't", () => {
  expect(longest(steps.values()).map(short)).toEqual([
    "hub-hostkey",
    "hub-base",
    "hub-docker",
    "hub-engine",
    "notebook-image",
    "notebook-push",
    expect.stringMatching(/^notebook-pull-node-\d$/),
    expect.stringMatching(/^open-node-\d$/),
    "students",
    "hub",
    "cull",
    "course-check",
    "pre-destroy-backup",
  ]);
});

test("machines are made at the same time", () => {
  for (const machine of ["hub", "proxy", "node-1", "node-7"]) {
    expect(at(`${owned(machine)}-hostkey`).begins).toBe(0);
    expect(at(`${owned(machine)}-engine`).ends).toBe(at("hub-engine").ends);
  }
});

test("by the time that the notebook's image is there, all else that the hub needs is", () => {
  const ready = at("notebook-push").ends;
  for (const thing of ["homes", "chp", "backup", "registry"]) {
    expect([thing, at(thing, service).ends < ready]).toEqual([thing, true]);
  }
  for (const thing of ["storage-node-7", "worker-node-7", "firewall-node-7"]) {
    expect([thing, at(thing).ends < ready]).toEqual([thing, true]);
  }
});

test("one node or seven: the first up takes as long", async () => {
  const one = await run(1);
  const end = (all: Iterable<Step>) => longest(all).at(-1)?.ends;
  expect(end(schedule(one, lasts).values())).toBe(end(steps.values()));
});

test("docs/critical-path.md is what this makes", () => {
  const path = "docs/critical-path.md";
  const page = criticalPathPage(program, steps);
  if (process.env.UPDATE_DOCS !== undefined) writeFileSync(path, page);
  expect(existsSync(path) && readFileSync(path, "utf8")).toBe(page);
});
