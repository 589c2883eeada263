import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { contextFiles } from "../../../../components/hubHost/contextFiles";
import { contextHash } from "../../../../components/hubHost/images";

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

describe("in a working copy", () => {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
      cwd: folder,
    });

  test.each([".DS_Store", "bin/.run.swp", "bin/run~", "bin/.#run", "bin/notes.txt"])(
    "only what is in git counts: %s changes nothing",
    (path) => {
      const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
      const unpacked = contextHash(folder);
      git("init", "-q");
      git("add", "Dockerfile", "bin/run");
      expect(contextHash(folder)).toBe(unpacked);
      put(path, "x");
      expect(contextHash(folder)).toBe(unpacked);
      // what somebody may have forgotten is told, with the command that takes it in
      const told = warn.mock.calls.map(([text]) => text).join();
      expect(told.includes(`git add ${folder}/${path}`)).toBe(path === "bin/notes.txt");
      git("add", "--force", path);
      expect(contextHash(folder)).not.toBe(unpacked);
      warn.mockRestore();
    },
  );

  test("a changed file counts before it is committed, a removed one no more", () => {
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "first");
    const before = contextHash(folder);
    put("bin/run", "#!/bin/bash\n");
    expect(contextHash(folder)).not.toBe(before);
    rmSync(join(folder, "bin/run"));
    expect(contextFiles(folder)).toEqual(["Dockerfile"]);
  });
});

test.each([".DS_Store", "bin/.run.swp", "bin/run~", "bin/#run#", "bin/._run"])(
  "nor does %s where there is no git",
  (path) => {
    const before = contextHash(folder);
    put(path, "x");
    expect(contextHash(folder)).toBe(before);
  },
);
