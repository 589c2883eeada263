import {
  counted,
  formatBytes,
  formatDuration,
  listed,
  table,
} from "../../../scripts/lib/command/text.mjs";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 KB"],
  [1610612736, "1.5 GB"],
  [268435456, "256 MB"],
  [3e15, "2728 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.44, "0.4 s"],
  [3, "3 s"],
  [12.4, "12 s"],
  [60, "1 min"],
  [200, "3 min 20 s"],
  [3600, "1 h"],
  [7500, "2 h 5 min"],
  [3 * 86400, "3 days"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("columns are as wide as their widest cell, and lines end without blanks", () => {
  const rows = [
    ["a", "long", ""],
    ["bbb", "c", "d"],
  ];
  expect(table(rows)).toBe("  a    long\n  bbb  c     d");
});

test("words for people", () => {
  expect(counted(1, "service")).toBe("1 service");
  expect(counted(2, "class", "classes")).toBe("2 classes");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
  expect(listed([])).toBe("");
});
