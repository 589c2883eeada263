// Files that are handed out: what is read of the operator's computer, and what is said afterwards.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outcome, readFiles } from "../../../scripts/lib/course/handOut.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "semesterhub-hand-out-"));
  mkdirSync(join(folder, "week3", "data"), { recursive: true });
  writeFileSync(join(folder, "week3", "go.sh"), "#!/bin/sh\n");
  chmodSync(join(folder, "week3", "go.sh"), 0o755);
  writeFileSync(join(folder, "week3", "data", "stars.csv"), "name\n");
  writeFileSync(join(folder, "one.txt"), "1");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a folder keeps its name, a file its executable bit", () => {
  const text = (content: string) => Buffer.from(content, "base64").toString();
  const files = readFiles([`${join(folder, "week3")}/`, join(folder, "one.txt")]);
  expect(files.map(({ path, content, executable }) => [path, text(content), executable])).toEqual([
    ["week3/data/stars.csv", "name\n", false],
    ["week3/go.sh", "#!/bin/sh\n", true],
    ["one.txt", "1", false],
  ]);
});

test.each([
  ["gone", "does not exist"],
  ["link", "a link or a device"],
  ["empty", "no file in it"],
])("%s is refused: %s", (name, words) => {
  symlinkSync("/etc/passwd", join(folder, "link"));
  mkdirSync(join(folder, "empty"));
  expect(() => readFiles([join(folder, name)])).toThrow(words);
});

test("what would fill everybody's home is refused", () => {
  writeFileSync(join(folder, "large"), Buffer.alloc(33 * 2 ** 20));
  expect(() => readFiles([join(folder, "large")])).toThrow("more than 32 MB");
});

test("names are said only where somebody has to look", () => {
  const given = (username: string, count: number, kept: number, problem = "") => ({
    ...{ username, given: count, kept, problem },
  });
  const people = [
    given("ada", 2, 0),
    given("alan", 1, 1),
    given("eve", 0, 0, "week3/data: the home is full"),
  ];
  expect(outcome(people, 2)).toBe(
    [
      "2 files handed out to 1 home; in 1 home something of that name was there and stays",
      "  eve: week3/data: the home is full",
      "Homes that are made later get them too.",
    ].join("\n"),
  );
});
