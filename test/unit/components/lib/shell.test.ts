// Scripts as they travel: without comments, with those shared functions alone that they call.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { functionsFor, shellScript, withoutComments } from "../../../../components/lib/shell";

const folder = "components/shell";
const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".sh"),
);

/** What bash makes of several scripts: their syntax, one after the other. */
function parsed(texts: readonly string[]): string[] {
  const source = texts
    .map((text, index) => `f${index}() {\n:\n${text}\n}\ndeclare -f f${index}\nprintf '\\0'\n`)
    .join("");
  const { stdout, stderr } = spawnSync("bash", { input: source, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\0").map((one) => one.replace(/^f\d+ /, ""));
}

test("bash reads every script without its comments as it reads it with them", () => {
  const texts = scripts.map((file) => readFileSync(join(folder, file), "utf8"));
  const before = parsed(texts);
  const after = parsed(texts.map(withoutComments));
  for (const [index, file] of scripts.entries())
    expect([file, after[index]]).toEqual([file, before[index]]);
  expect(scripts.length).toBeGreaterThan(40);
});

test("comments go, what a here-document holds stays", () => {
  const text =
    "#!/bin/sh\n# why\nput x <<'END'\n# of the file\n\nEND\n\n  # more\necho a # stays\n";
  expect(withoutComments(text)).toBe("put x <<'END'\n# of the file\n\nEND\necho a # stays\n");
});

test("a script has the shared functions that it calls, and no others", () => {
  expect(shellScript("course/course-check.sh")).toMatch(
    /^wait_for_container\(\) \{\n[^]*\n\}\nset -eu\n/,
  );
  expect(shellScript("backup/last-backup.sh")).not.toContain("wait_for_container");
});

test("a script takes those functions along that it calls, and those that they call", () => {
  const library = "a() { b; }\nb() {\n  echo b\n}\nc() {\n  a\n}\n";
  expect(functionsFor(library, ["a 1"])).toBe("a() { b; }\nb() {\n  echo b\n}\n");
  expect(functionsFor(library, ["echo"])).toBe("");
  const shared = shellScript("machine/functions.sh");
  expect(functionsFor(shared, ["install_packages x; put y; await 1 1 true"])).toBe(shared);
  expect(functionsFor(shared, [shellScript("files/file.sh")])).toBe("");
});
