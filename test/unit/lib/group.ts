import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs the test files below some folders in this one, each in a group with its name. Jest loads all
 * modules again for each test file, and Pulumi's SDK takes two seconds to load.
 */
export function group(folders: readonly string[], wanted: (file: string) => boolean = () => true) {
  const unit = join(__dirname, "..");
  const files = folders.flatMap((folder) =>
    readdirSync(join(unit, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => join(folder, name)),
  );
  for (const file of files.filter(wanted)) {
    describe(file.replace(".test.ts", ""), () => {
      jest.requireActual(join(unit, file));
    });
  }
}

/** The tests of the program that need about half of the time: two processors share them. */
export const ofMachines = (file: string): boolean =>
  /\/machines\/|imagesTaken|program\/(criticalPath|oneMore|several|storageApart)/.test(file);
