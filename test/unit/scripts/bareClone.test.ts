// A command of a fresh clone begins before `npm ci`: Node alone must be able to start it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
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

const commands = readdirSync("scripts")
  .filter((name) => name.endsWith(".mjs"))
  .map((name) => join("scripts", name));

test.each([...commands, "test/run.mjs"])("%s needs no package to start", (file) => {
  expect(existsSync(file)).toBe(true);
  expect(packagesOf(file)).toEqual([]);
});
