// A fresh clone has no packages: Node alone must be able to start what installs them.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a script imports when it is loaded, directly or through others, that is no part of Node. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = readFileSync(file, "utf8").matchAll(
    /^(?:import|export\s[^;"]*\sfrom)\s[^;"]*"([^"]+)";/gm,
  );
  return [...imports].flatMap(([, from = ""]) => {
    if (from.startsWith("node:")) return [];
    if (!from.startsWith(".")) return [`${file} imports ${from}`];
    return packagesOf(join(dirname(file), from), seen);
  });
}

test.each(["scripts/run.mjs", "test/run.mjs"])("%s needs no package to start", (file) => {
  expect(packagesOf(file)).toEqual([]);
});

test("every command of an operator is started by the script that installs the packages", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = readdirSync("scripts")
    .filter((name) => name.endsWith(".mjs") && name !== "run.mjs")
    .map((name) => name.replace(".mjs", ""));
  expect(commands).toContain("up");
  for (const name of commands) expect(scripts[name]).toBe(`node scripts/run.mjs ${name}`);
});
