// Prints, as JSON, the files that components/proxyHost makes for nginx from the JSON in the first argument:
// site.conf, and the pages with a course's face.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import swc from "@swc/core";

const components = join(import.meta.dirname, "..", "..", "..", "components", "proxyHost");
const folder = mkdtempSync(join(tmpdir(), "site-"));

/** The functions of one TypeScript file that imports nothing but types. */
async function load(name) {
  const { code } = swc.transformFileSync(join(components, `${name}.ts`), {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "es6" },
  });
  writeFileSync(join(folder, `${name}.mjs`), code);
  return import(pathToFileURL(join(folder, `${name}.mjs`)).href);
}

const palette = {
  button: "#005f9e",
  buttonText: "#ffffff",
  onLight: "#005f9e",
  onDark: "#66b2e6",
};
try {
  const { nginxConfig } = await load("nginxConfig");
  const { standInFiles } = await load("standIn");
  const face = { palette, welcome: [], links: [] };
  const files = {
    "site.conf": nginxConfig(JSON.parse(process.argv[2])),
    ...standInFiles({ title: "Data <Science>" }, face),
  };
  process.stdout.write(JSON.stringify(files));
} finally {
  rmSync(folder, { recursive: true });
}
