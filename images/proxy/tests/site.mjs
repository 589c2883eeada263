// Prints the site.conf that components/proxyHost/nginxConfig.ts makes from the JSON in the first argument.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import swc from "@swc/core";

const source = join(
  import.meta.dirname,
  "..",
  "..",
  "..",
  "components",
  "proxyHost",
  "nginxConfig.ts",
);
const { code } = swc.transformFileSync(source, {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "es6" },
});
const folder = mkdtempSync(join(tmpdir(), "site-"));
try {
  writeFileSync(join(folder, "nginxConfig.mjs"), code);
  const { nginxConfig } = await import(pathToFileURL(join(folder, "nginxConfig.mjs")).href);
  process.stdout.write(nginxConfig(JSON.parse(process.argv[2])));
} finally {
  rmSync(folder, { recursive: true });
}
