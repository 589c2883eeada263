import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The text of a script in `components/shell`. Scripts are files, so that shellcheck reads them, and
 * take their values from the environment or standard input only.
 */
export function shellScript(file: string): string {
  return readFileSync(join(__dirname, "..", "shell", file), "utf8");
}
