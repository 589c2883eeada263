import { readdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(__dirname, "program");

/** The half that takes as long as all others together. */
const ofMachines = new Set([
  "criticalPath",
  "imagesTaken",
  "machineFirewall",
  "oneMore",
  "openstack",
  "openstackMachines",
  "several",
  "sshMachines",
]);

/**
 * Runs the tests of test/unit/program, each file in a group with its name. Jest loads everything anew
 * for each test file, and Pulumi's SDK takes two seconds: so there are two files, for two processors.
 */
export function programTests(half: "computer" | "machines"): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.ts"))) {
    const name = file.replace(".test.ts", "");
    if (ofMachines.has(name) !== (half === "machines")) continue;
    describe(name, () => {
      jest.requireActual(join(folder, file));
    });
  }
}
