// Prints the site.conf that components/siteConfig.ts makes from the JSON in the first argument.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import swc from "@swc/core";

const source = join(import.meta.dirname, "..", "..", "..", "components", "siteConfig.ts");
const { code } = swc.transformFileSync(source, {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "es6" },
});
const folder = mkdtempSync(join(tmpdir(), "site-"));
try {
  writeFileSync(join(folder, "siteConfig.mjs"), code);
  const { siteConfig } = await import(pathToFileURL(join(folder, "siteConfig.mjs")).href);
  process.stdout.write(siteConfig(JSON.parse(process.argv[2])));
} finally {
  rmSync(folder, { recursive: true });
}
