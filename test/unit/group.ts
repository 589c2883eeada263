import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs the tests of a folder in this one test file, each of its files in a group with its name. Jest
 * loads everything anew for each test file, which for Pulumi's SDK takes two seconds.
 */
export function group(name: string, wanted: (file: string) => boolean = () => true): void {
  const folder = join(__dirname, name);
  for (const file of readdirSync(folder).filter((one) => one.endsWith(".test.ts"))) {
    const title = file.replace(".test.ts", "");
    if (!wanted(title)) continue;
    describe(title, () => {
      jest.requireActual(join(folder, file));
    });
  }
}

/** Of the tests of the program, the half that takes as long as the others: two processors share them. */
export const ofMachines: ReadonlySet<string> = new Set([
  "claims",
  "criticalPath",
  "imagesTaken",
  "machineFirewall",
  "oneMore",
  "openstack",
  "openstackMachines",
  "several",
  "sharedMachines",
  "storageApart",
  "sshMachines",
]);
