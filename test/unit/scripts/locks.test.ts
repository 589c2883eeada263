import { judgeLock, parseLock } from "../../../scripts/lib/pulumi/locks.mjs";

const lock = { pid: 7, username: "root", hostname: "here", timestamp: "2026-11-21T12:00:00Z" };

test.each([
  ["whose process is gone", "here", "gone", "remove"],
  ["of a pulumi at work", "here", "at work", "wait"],
  ["of a pulumi whose command was killed", "here", "abandoned", "stop"],
  ["of another computer", "there", "gone", "wait"],
] as const)("a lock %s: %#", (_, here, holder, verdict) => {
  expect(judgeLock(lock, here, holder)).toBe(verdict);
});

test("a lock that was cut off while it was written is nobody's", () => {
  expect(parseLock('{"pid": 12').pid).toBe(0);
  expect(parseLock(JSON.stringify(lock))).toEqual(lock);
});
