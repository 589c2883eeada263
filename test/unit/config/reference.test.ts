import { readFileSync } from "node:fs";
import { referencePage } from "../../../config/reference";

test("docs/configuration.md is what `npm run docs` writes", () => {
  expect(readFileSync("docs/configuration.md", "utf8")).toBe(referencePage());
});
