import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  goneFrom,
  halfMade,
  isAlive,
  judgeLock,
  parseLock,
  splitUrn,
  urnsOf,
} from "../../../scripts/lib/pulumi/state.mjs";

const lock = { pid: 7, username: "root", hostname: "here", timestamp: "2026-11-21T12:00:00Z" };

test.each([
  ["whose process is gone", "here", { pulumi: false, abandoned: false }, "remove"],
  ["of a pulumi at work", "here", { pulumi: true, abandoned: false }, "wait"],
  ["of a pulumi whose command was killed", "here", { pulumi: true, abandoned: true }, "stop"],
  ["of another computer", "there", { pulumi: false, abandoned: false }, "wait"],
])("a lock %s: %#", (_, here, holder, verdict) => {
  expect(judgeLock(lock, here, holder)).toBe(verdict);
});

test("a lock that was cut off while it was written is nobody's", () => {
  expect(parseLock('{"pid": 12').pid).toBe(0);
  expect(parseLock(JSON.stringify(lock))).toEqual(lock);
});

test("processes that are there are alive, others not", () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 22 + 1)).toBe(false);
});

const provider = "urn:pulumi:dev::semesterhub::pulumi:providers:docker::semesterhub-dev-engine::1a";
const operation = (type: string, resourceType: string, name: unknown) => ({
  type,
  resource: { urn: "urn:x", type: resourceType, provider, inputs: { name } },
});

test("only this stack's new Docker objects are half made, and never a volume", () => {
  const service = "docker:index/service:Service";
  const found = halfMade(
    [
      operation("creating", service, "semesterhub-dev-hub"),
      operation("updating", service, "semesterhub-dev-chp"),
      operation("creating", service, "semesterhub-prod-hub"),
      operation("creating", "docker:index/volume:Volume", "semesterhub-dev-data"),
      operation("creating", "docker:index/container:Container", "semesterhub-dev-proxy"),
      operation("creating", "docker:index/secret:Secret", "semesterhub-dev-chp-key-1a2b"),
      operation("creating", "command:local:Command", undefined),
      { type: "creating", resource: { urn: "urn:x", type: service } },
    ],
    "semesterhub-dev",
  );
  expect(found.map(({ name }) => name)).toEqual([
    "semesterhub-dev-hub",
    "semesterhub-dev-proxy",
    "semesterhub-dev-chp-key-1a2b",
  ]);
  expect(found.every((one) => one.provider === provider)).toBe(true);
});

const urn = (type: string, name: string) => `urn:pulumi:dev::semesterhub::${type}::${name}`;

test("a part is a resource by its short or full name, with what is inside it", () => {
  const stack = urn("pulumi:pulumi:Stack", "semesterhub-dev");
  const component = urn("semesterhub:index:BackupJob", "semesterhub-dev");
  const service = urn(
    "semesterhub:index:BackupJob$docker:index/service:Service",
    "semesterhub-dev-backup",
  );
  const child = urn("a$b", "semesterhub-dev-child");
  const resources = [
    { urn: stack, type: "s" },
    { urn: component, type: "c", parent: stack },
    { urn: service, type: "d", parent: component },
    { urn: child, type: "e", parent: service },
    { urn: urn("x", "semesterhub-dev-hub"), type: "f", parent: component },
  ];
  expect(urnsOf(resources, "backup", "semesterhub-dev")).toEqual([service, child]);
  expect(urnsOf(resources, "semesterhub-dev-backup", "semesterhub-dev")).toEqual([service, child]);
  expect(urnsOf(resources, "nothing", "semesterhub-dev")).toEqual([]);
  expect(urnsOf([], service, "semesterhub-dev")).toEqual([service]);
  expect(splitUrn(service)[1]).toBe("semesterhub-dev-backup");
});

test("what Docker has lost is found by name; other resources are not looked for", () => {
  const service = "docker:index/service:Service";
  const named = (type: string, name: string, rest = {}) => ({
    urn: "u",
    type,
    outputs: { name },
    ...rest,
  });
  const resources = [
    named(service, "hub"),
    named(service, "chp"),
    named(service, "old", { delete: true }),
    named("docker:index/secret:Secret", "secret"),
    { urn: "u", type: "command:local:Command" },
  ];
  expect(goneFrom(resources, new Map([[service, new Set(["chp"])]]))).toEqual(["hub"]);
});

test("a process that has ended and was not waited for is not alive", async () => {
  // The shell becomes a `sleep`, which never asks what became of its child, and the child ends then.
  const child = spawn(
    "sh",
    ["-c", `sh -c 'until grep -q sleep "/proc/$PPID/comm"; do :; done' & echo $!; exec sleep 600`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const zombie = Number(line.toString());
    // Between two looks: that a process of another's has ended is told to nobody else.
    while (isAlive(zombie)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(existsSync(`/proc/${zombie}`)).toBe(process.platform === "linux");
  } finally {
    child.kill();
    await once(child, "close");
  }
});
