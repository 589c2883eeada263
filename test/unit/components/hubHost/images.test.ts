import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextFiles, contextHash } from "../../../../components/hubHost/images";

let folder: string;
const put = (path: string, text: string) => {
  writeFileSync(join(folder, path), text);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "semesterhub-context-"));
  mkdirSync(join(folder, "bin"));
  put("Dockerfile", "FROM debian:trixie-slim\n");
  put("bin/run", "#!/bin/sh\n");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("the hash of what goes into an image stays the same while that does", () => {
  const before = contextHash(folder, { A: "1" });
  expect(before).toMatch(/^[0-9a-f]{12}$/);
  mkdirSync(join(folder, "bin", "__pycache__"));
  put("bin/__pycache__/run.pyc", "x");
  expect(contextHash(folder, { A: "1" })).toBe(before);
});

test.each<[string, () => unknown]>([
  [
    "a file's content",
    () => {
      put("bin/run", "#!/bin/bash\n");
    },
  ],
  [
    "a new file",
    () => {
      put("bin/new", "");
    },
  ],
  [
    "a missing file",
    () => {
      rmSync(join(folder, "bin/run"));
    },
  ],
  [
    "an executable bit",
    () => {
      chmodSync(join(folder, "bin/run"), 0o755);
    },
  ],
])("%s changes it", (_, change) => {
  const before = contextHash(folder);
  change();
  expect(contextHash(folder)).not.toBe(before);
});

test("a build argument changes it", () => {
  expect(contextHash(folder, { A: "1" })).not.toBe(contextHash(folder, { A: "2" }));
});

test("what .dockerignore names is left out", () => {
  put(".dockerignore", "# tests stay here\ntests\n");
  mkdirSync(join(folder, "tests"));
  put("tests/test_x.py", "x");
  expect(contextFiles(folder)).toEqual([".dockerignore", "Dockerfile", "bin/run"]);
});
