// The data volume of an ended semester, where the state does not know it.
import { explain } from "../../../scripts/lib/command/fail.mjs";
import { refuseStray, takeVolume } from "../../../scripts/lib/cloud/keptVolume.mjs";
import type { Stack } from "../../../scripts/lib/pulumi/stack.mjs";
import type { Deployment } from "../../../scripts/lib/pulumi/state.mjs";

const volume = { id: "0f5e", gigabytes: 3000 };
const type = "openstack:blockstorage/volume:Volume";
const known: Deployment = {
  resources: [{ urn: `urn:pulumi:prod::semesterhub::${type}::data`, type, id: volume.id }],
};

/** What `takeVolume` needs of a stack. */
const prod = () => ({ name: "prod", workspace: { envVars: {} } }) as unknown as Stack;

test("one that the state knows, or none at all, is no reason to stop", () => {
  expect(() => {
    refuseStray(known, volume, "prod");
    refuseStray({}, undefined, "prod");
  }).not.toThrow();
});

test("one that the state does not know is said, with the way to take it", () => {
  let said = "";
  try {
    refuseStray({}, volume, "prod");
  } catch (error) {
    said = explain(error);
  }
  expect(said).toContain("The cloud has a data volume of prod, of 3000 GB");
  expect(said).toContain("npm run up -- --stack prod --take-volume 0f5e");
});

test("a volume is taken by the program", () => {
  const stack = prod();
  takeVolume(stack, {}, "openstack", volume.id);
  expect(stack.workspace.envVars["SEMESTERHUB_TAKE_VOLUME"]).toBe(volume.id);
});

test("not beside another, nor on another platform", () => {
  expect(() => {
    takeVolume(prod(), known, "openstack", "another");
  }).toThrow("prod has a data volume already");
  expect(() => {
    takeVolume(prod(), {}, "local", "another");
  }).toThrow("for the platform openstack");
});
