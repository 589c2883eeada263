import { mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostToolsPath } from "../../hostTools.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "semesterhub-tools-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("what up installs when it needs it is on the tests' PATH from then on, and no stray program is", async () => {
  const path = await hostToolsPath(join(folder, "tools"));
  // Where this is no Debian, which the function has said, there are no packages to take programs from.
  if (path === undefined) return;
  expect(readlinkSync(join(path, "debootstrap"))).toBe("/usr/sbin/debootstrap");
  expect(readlinkSync(join(path, "wget"))).toBe("/usr/bin/wget");
  // Of mawk or gawk, as the computer's owner chose.
  expect(readlinkSync(join(path, "awk"))).toMatch(/awk$/);
  expect(() => readlinkSync(join(path, "gcc"))).toThrow("ENOENT");
});
