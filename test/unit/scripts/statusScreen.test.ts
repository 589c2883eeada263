import { usedMemory, machineFacts, member } from "../../../scripts/lib/status/machines.mjs";
import { isWell, statusScreen, type Status } from "../../../scripts/lib/status/statusScreen.mjs";

const now = new Date("2026-11-21T13:30:00Z");
const well: Status = {
  stack: "dev",
  address: {
    url: "https://localhost:8443",
    answers: true,
    status: 200,
    certificate: { ends: "2027-11-20T00:00:00.000Z", issuer: "semesterhub", own: true },
  },
  certificates: { source: "stack" },
  parts: [{ name: "hub", healthy: true, state: "1/1", image: "semesterhub/hub:abc" }],
  people: {
    users: 4,
    online: ["ada"],
    servers: [
      { user: "ada", ready: true, pending: null, lastActivity: null },
      { user: "alan", ready: false, pending: "spawn", lastActivity: null },
    ],
  },
  machines: [
    {
      name: "hub",
      healthy: true,
      engine: "26.1.5",
      swarm: "manager",
      memory: { free: 2 ** 33, total: 2 ** 34 },
      disk: { free: 2 ** 36, total: 2 ** 37 },
      load: 0.42,
      cpus: 4,
      servers: [],
      certificateEnds: "2027-11-21T00:00:00.000Z",
    },
    {
      name: "node-1",
      healthy: true,
      swarm: "worker",
      servers: [{ student: "ada", bytes: 2 ** 27 }],
      certificateEnds: "2027-11-19T00:00:00.000Z",
    },
  ],
  quotas: {
    problem: null,
    default: 2 ** 30,
    people: [
      { username: "ada", limit: 2 ** 30, own: false, used: 2 ** 29 },
      { username: "alan", limit: 2 ** 30, own: true, used: 2 ** 30 },
    ],
    groups: [],
  },
  storage: { path: "/s", free: 2 ** 35, total: 2 ** 36 },
  backups: undefined,
  backup: {
    lastSuccess: "2026-11-21T13:00:00Z",
    lastError: null,
    running: null,
    healthy: true,
    troubles: [],
    problems: [],
    problemCount: 0,
    lastDrill: null,
    storedBytes: 2 ** 20,
  },
};

test("a course that is well", () => {
  expect(isWell(well)).toBe(true);
  expect(statusScreen(well, now)).toMatchInlineSnapshot(`
   "semesterhub dev: https://localhost:8443 answers

     PART   RUNNING  IMAGE
     ✓ hub  1/1      semesterhub/hub:abc

     MACHINE   DOCKER  SWARM    MEMORY FREE    DISK FREE        LOAD           SERVERS
     ✓ hub     26.1.5  manager  8 GB of 16 GB  64 GB of 128 GB  0.4 on 4 CPUs  0
     ✓ node-1  ?       worker   ?              ?                ?              1

     People       1 of 4 on line: ada; 1 server starting or stopping
     Servers      1 student's server with 128 MB, most in ada's: 128 MB
     Files        /s, 32 GB of 64 GB free
     Quotas       1 home is nearly full: alan 100 %; npm run quota
     Backups      last 30 min ago, 1 MB stored
     Certificate  good until 2027-11-20
     Engines      certificates good until 2027-11-19
   "
  `);
});

test.each<[string, Partial<Status>, RegExp]>([
  ["not up", { address: undefined }, /not up; npm run up/],
  [
    "not answering",
    { address: { url: "https://x", answers: false, error: "ECONNREFUSED" } },
    /DOES NOT ANSWER \(ECONNREFUSED\)/,
  ],
  [
    "without its hub",
    {
      parts: [{ name: "hub", healthy: false, state: "0/1", image: "i", problem: "no such image" }],
    },
    /✗ hub +0\/1 +i +no such image/,
  ],
  [
    "with a machine that is gone",
    {
      machines: [
        { name: "node-1", healthy: false, swarm: "unknown", problem: "no answer", servers: [] },
      ],
    },
    /✗ node-1 +\? +unknown +\? +\? +\? +0 +no answer/,
  ],
  ["without any machine", { machines: [] }, /MACHINE/],
  ["with a silent hub", { people: undefined }, /unknown: the hub does not answer/],
  ["without backups", { backup: undefined }, /the backup service does not answer/],
])("a course %s", (_, facts, text) => {
  const status = { ...well, ...facts };
  expect(isWell(status)).toBe(false);
  expect(statusScreen(status, now)).toMatch(text);
});

test("a failed backup and an old certificate are said", () => {
  const backup = {
    lastSuccess: null,
    lastError: { at: "2026-11-21T13:20:00Z", message: "disk full" },
    running: { what: "backup", since: "2026-11-21T13:29:00Z" },
    healthy: false,
    troubles: ["no backup has succeeded yet"],
    problems: ["homes/ada: not backed up: no progress for 15 minutes; it was at x"],
    problemCount: 3,
    lastDrill: { at: "2026-11-20T13:30:00Z" },
    storedBytes: null,
  };
  const old = { ends: "2026-12-01T00:00:00.000Z", issuer: "semesterhub", own: true };
  const address = { url: "u", answers: true, certificate: old };
  const text = statusScreen({ ...well, backup, address }, now);
  expect(text).toMatch(/none yet; restore verified 24 h ago; NOT WELL: no backup has/);
  expect(text).toMatch(/one runs now \(backup\); FAILED at .*disk full/);
  expect(text).toMatch(/Left out +homes\/ada: not backed up: .*\n +and 2 more/);
  expect(text).toMatch(/good until 2026-12-01, 9 days: npm run up renews it/);
});

test("homes that no file system limits", () => {
  const quotas = {
    problem: "its file system is ext4, not xfs",
    default: null,
    people: [],
    groups: [],
  };
  expect(statusScreen({ ...well, quotas }, now)).toMatch(/homes have no limit: .*ext4/);
});

test("a machine's memory and load", () => {
  const text = "MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable: 1024 kB\n1.50 0.70 0.30 2/300 4\n";
  expect(machineFacts(text)).toEqual({ memory: { free: 2 ** 20, total: 2 ** 21 }, load: 1.5 });
  expect(machineFacts("")).toEqual({});
});

test.each([
  ["ready", "active", { Leader: true }, { healthy: true, swarm: "manager" }],
  ["ready", "drain", undefined, { healthy: true, swarm: "worker, drain" }],
  [
    "down",
    "active",
    undefined,
    { healthy: false, swarm: "worker", problem: "the manager says: down" },
  ],
])("a member of the Swarm that is %s and %s", (State, Availability, manager, expected) => {
  const node = { Status: { State }, Spec: { Availability } };
  const nodes = new Map([["n1", { ...node, ...(manager && { ManagerStatus: manager }) }]]);
  const info = { Swarm: { NodeID: "n1", LocalNodeState: "active" } };
  expect(member(info, nodes)).toEqual(expected);
  expect(member(info, new Map())).toMatchObject({ healthy: false });
  expect(member({ Swarm: { LocalNodeState: "inactive" } }, nodes)).toMatchObject({
    problem: "Swarm: inactive",
  });
});

const acme = {
  directory: "https://ca.example/directory",
  certificate: null,
  running: false,
  failures: 2,
  lastAttempt: "2026-11-21T13:00:00.000Z",
  error: "NXDOMAIN looking up A for hub.example.edu (dns)",
  next: "2026-11-21T13:10:00.000Z",
};
const shown = (ends: string, own: boolean) => ({
  url: "u",
  answers: true,
  certificate: { ends, own, issuer: "Let's Encrypt" },
});

test.each<[string, boolean, Partial<Status>, RegExp]>([
  [
    "an authority's certificate that is renewed by itself",
    true,
    {
      address: shown("2026-12-01T00:00:00.000Z", false),
      certificates: { source: "acme", acme: { ...acme, error: null, failures: 0 } },
    },
    /Certificate +Let's Encrypt, good until 2026-12-01\n/,
  ],
  [
    "no certificate yet, and why",
    false,
    {
      address: shown("2027-11-01T00:00:00.000Z", true),
      certificates: { source: "acme", acme },
    },
    /NONE YET: .*; FAILED at 2026-11-21T13:00:00.000Z: NXDOMAIN .*; next try 2026-11-21T13:10/,
  ],
  [
    "a renewal that failed",
    true,
    {
      address: shown("2026-12-01T00:00:00.000Z", false),
      certificates: { source: "acme", acme },
    },
    /good until 2026-12-01; FAILED at/,
  ],
  [
    "files that are old",
    true,
    {
      address: shown("2026-12-01T00:00:00.000Z", false),
      certificates: { source: "files" },
    },
    /good until 2026-12-01, 9 days: put a new one into the files, then npm run up/,
  ],
])("%s", (_, isGood, facts, text) => {
  const status = { ...well, ...facts };
  expect(isWell(status)).toBe(isGood);
  expect(statusScreen(status, now)).toMatch(text);
});

test("memory in use, without what the kernel would give back", () => {
  expect(usedMemory({ usage: 100, stats: { total_inactive_file: 30, inactive_file: 1 } })).toBe(70);
  expect(usedMemory({ usage: 100, stats: { inactive_file: 40 } })).toBe(60);
  expect(usedMemory({ usage: 100 })).toBe(100);
  expect(usedMemory(undefined)).toBe(0);
});
