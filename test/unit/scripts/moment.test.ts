// Times that an operator types, in the zone of the operator's computer.
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const file = pathToFileURL(join(__dirname, "../../../scripts/lib/command/moment.mjs")).href;

/** What a time means on a computer in a zone; a process of its own, since a zone is one process's. */
function inZone(TZ: string, text: string): string {
  const code =
    `const { withZone } = await import(${JSON.stringify(file)});` +
    `try { console.log(withZone(${JSON.stringify(text)}, new Date("2026-07-10T23:30:00Z"))); }` +
    "catch (error) { console.log(error.message); }";
  const argv = ["--input-type=module", "-e", code];
  return execFileSync(process.execPath, argv, { env: { ...process.env, TZ } })
    .toString()
    .trim();
}

test.each([
  ["Europe/Berlin", "2026-07-01T13:00", "2026-07-01T13:00:00+02:00"],
  ["Europe/Berlin", "2026-12-01 13:00:05", "2026-12-01T13:00:05+01:00"],
  ["America/St_Johns", "2026-12-01T13:00", "2026-12-01T13:00:00-03:30"],
  ["Europe/Berlin", "2026-07-01", "2026-07-01T23:59:59+02:00"],
  ["Europe/Berlin", "yesterday", "2026-07-10T23:59:59+02:00"],
  ["UTC", "yesterday", "2026-07-09T23:59:59+00:00"],
  ["Europe/Berlin", "2026-07-01T13:00Z", "2026-07-01T13:00Z"],
  ["Europe/Berlin", "3d", "3d"],
  ["Europe/Berlin", "now", "now"],
  ["UTC", "2026-02-30", '"2026-02-30" is no time.'],
  ["UTC", "2026-07-01T25:00", '"2026-07-01T25:00" is no time.'],
  ["UTC", "soon", '"soon" is no time.'],
])("in %s, %s is %s", (zone, text, expected) => {
  expect(inZone(zone, text)).toBe(expected);
});
