import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Compares a text with a file below test/unit, whose name says what the text is. With UPDATE_GOLDEN=1
 * in the environment the file is written instead; look at its diff before you commit it.
 */
export function expectGolden(file: string, text: string): void {
  const path = join(__dirname, "..", file);
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, "utf8") : `no file ${file}`).toBe(text);
}
