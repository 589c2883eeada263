// The library's commands: what a new version is made for, and what is no package's name.
import { changed, libraryTable, readNames } from "../../../scripts/lib/course/library.mjs";

test("a new version has what the last one had, and one of each", () => {
  const last = ["torch==2.8.0", "einops"];
  expect(changed(last, "add", readNames(["Torch==2.9.1", "timm"]))).toEqual([
    "einops",
    "Torch==2.9.1",
    "timm",
  ]);
  expect(changed(last, "remove", readNames(["torch"]))).toEqual(["einops"]);
  expect(() => changed(last, "remove", readNames(["timm"]))).toThrow("timm is not in the library");
});

test.each([
  "--index-url=https://example.org",
  "./mine",
  "a; rm -rf /",
  "x @ https://e.org/x.whl",
  "",
])("%j is no package", (text) => {
  expect(() => readNames([text])).toThrow("is not the name of a Python package");
});

test("the version that counts is marked", () => {
  const versions = { "2026-11-29-1": ["torch==2.8.0"], "2026-11-30-1": ["torch", "timm"] };
  expect(libraryTable({ current: "2026-11-30-1", versions })).toMatch(
    /→ +2026-11-30-1 +torch, timm$/,
  );
  expect(libraryTable({ current: null, versions: {} })).toContain("npm run library -- add NAME");
});
