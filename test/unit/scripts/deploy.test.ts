// Deploying a part of a semester, which takes one that was complete.
import { leavesOut, refuseIncomplete } from "../../../scripts/lib/pulumi/deploy.mjs";

const top = {
  urn: "urn:pulumi:s1::semesterhub::pulumi:pulumi:Stack::x",
  type: "pulumi:pulumi:Stack",
};

test("a semester that was complete", () => {
  expect(() => {
    refuseIncomplete("s1", [{ ...top, outputs: { url: "https://x" } }]);
  }).not.toThrow();
});

test.each([
  ["never deployed", []],
  ["deployed in part", [{ ...top, outputs: {} }]],
  ["deployed in part, by an engine that notes no outputs", [top]],
])("a semester that was %s", (_, resources) => {
  expect(() => {
    refuseIncomplete("s1", resources);
  }).toThrow("s1 was never complete, so no part of it can be deployed alone.");
});

test.each([
  [["up", "--target", "urn:x"], true],
  [["up", "--target=urn:x"], true],
  [["up", "-t", "urn:x"], true],
  [["up", "--exclude", "urn:x"], true],
  [["up", "--yes", "--message", "target"], false],
])("%j leaves something out: %s", (words, expected) => {
  expect(leavesOut(words)).toBe(expected);
});
