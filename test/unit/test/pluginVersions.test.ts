// Which versions of the plugins the program wants.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pluginVersions, providers } from "../../../scripts/lib/pulumi/tools.mjs";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "t-versions-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const lock = (packages: object) => {
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
};

test("come from the lock file before npm ci, and from the packages after it", () => {
  lock(
    Object.fromEntries(
      providers.map((name) => [`node_modules/@pulumi/${name}`, { version: "1.0.0" }]),
    ),
  );
  expect(pluginVersions(root).map(({ version }) => version)).toEqual(providers.map(() => "1.0.0"));
  const installed = join(root, "node_modules/@pulumi/tls");
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, "package.json"), '{"version": "2.3.4"}');
  expect(pluginVersions(root)).toContainEqual({ name: "tls", version: "2.3.4" });
});

test("must be known", () => {
  lock({});
  expect(() => pluginVersions(root)).toThrow("The version of @pulumi/docker is in no lock file.");
});
