import { dockerBytes } from "../../../scripts/lib/observe.mjs";
import { isWell, statusScreen, type Status } from "../../../scripts/lib/statusScreen.mjs";

const now = new Date("2026-11-21T13:30:00Z");
const well: Status = {
  stack: "dev",
  address: {
    url: "https://localhost:8443",
    answers: true,
    status: 200,
    certificateEnds: "2027-11-20T00:00:00.000Z",
  },
  parts: [{ name: "hub", healthy: true, state: "1/1", image: "semesterhub/hub:abc" }],
  people: {
    users: 4,
    online: ["ada"],
    servers: [
      { user: "ada", ready: true, pending: null, lastActivity: null },
      { user: "alan", ready: false, pending: "spawn", lastActivity: null },
    ],
  },
  memory: { free: 2 ** 33, total: 2 ** 34, students: [{ student: "ada", bytes: 2 ** 27 }] },
  storage: { path: "/s", free: 2 ** 35, total: 2 ** 36 },
  backups: undefined,
  backup: {
    lastSuccess: "2026-11-21T13:00:00Z",
    lastError: null,
    running: null,
    healthy: true,
    storedBytes: 2 ** 20,
  },
};

test("a course that is well", () => {
  expect(isWell(well)).toBe(true);
  expect(statusScreen(well, now)).toMatchInlineSnapshot(`
   "semesterhub dev: https://localhost:8443 answers

     PART   RUNNING  IMAGE
     ✓ hub  1/1      semesterhub/hub:abc

     People       1 of 4 on line: ada; 1 server starting or stopping
     Memory       8 GB of 16 GB free; 128 MB in 1 student's server, most in ada's: 128 MB
     Files        /s, 32 GB of 64 GB free
     Backups      last 30 min ago, 1 MB stored
     Certificate  good until 2027-11-20
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
    storedBytes: 0,
  };
  const address = { url: "u", answers: true, certificateEnds: "2026-12-01T00:00:00.000Z" };
  const text = statusScreen({ ...well, backup, address }, now);
  expect(text).toMatch(/none yet; one runs now \(backup\); FAILED at .*disk full/);
  expect(text).toMatch(/good until 2026-12-01, 9 days: npm run up renews it/);
});

test("memory as docker stats writes it", () => {
  expect(dockerBytes("123.5", "MiB")).toBe(123.5 * 2 ** 20);
  expect(dockerBytes("512", "B")).toBe(512);
  expect(dockerBytes("1.5", "GiB")).toBe(1.5 * 2 ** 30);
});
