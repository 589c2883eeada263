// Which forms of `pulumi destroy` go on: the script that looks for them, below a process called pulumi.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellScript } from "../../../../components/lib/shell";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
/** A shell with the CLI's name: what it is told to do has a process of its own. */
const pulumi = join(folder, "pulumi");
beforeAll(() => {
  copyFileSync(realpathSync("/bin/sh"), pulumi);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function below(file: string, ...words: readonly string[]) {
  const { status, stderr } = spawnSync(file, ["-c", 'sh -c "$SCRIPT"; exit $?', file, ...words], {
    env: {
      PATH: process.env["PATH"] ?? "",
      SCRIPT: shellScript("backup/destroy-form.sh"),
    },
    encoding: "utf8",
  });
  return { status, stderr };
}

test.each([
  ["destroy", "--exclude-protected"],
  ["--stack", "prod", "destroy", "--yes", "--exclude-protected=true"],
  ["up", "--yes"],
])("%s %s goes on", (...words) => {
  expect(below(pulumi, ...words)).toEqual({ status: 0, stderr: "" });
});

test.each([
  ["destroy", "--yes"],
  ["destroy", "--target", "urn", "--target-dependents"],
  ["destroy", "--exclude-protected=false", "--skip-preview"],
  ["down", "--yes"],
  ["dn", "--skip-preview"],
])("%s %s is refused, with the form that goes on", (...words) => {
  const { status, stderr } = below(pulumi, ...words);
  expect(status).toBe(1);
  expect(stderr).toContain("nothing is touched. Write: pulumi destroy --exclude-protected");
});

test("without Pulumi above it nothing is refused", () => {
  expect(below("/bin/sh", "destroy", "--yes").status).toBe(0);
});
