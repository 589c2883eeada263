// The data volume of an ended semester, where the state does not know it.
import { explain } from "../../../scripts/lib/command/fail.mjs";
import { refuseStray } from "../../../scripts/lib/cloud/keptVolume.mjs";
import type { Deployment } from "../../../scripts/lib/pulumi/state.mjs";

const volume = { id: "0f5e", gigabytes: 3000 };
const type = "openstack:blockstorage/volume:Volume";
const known: Deployment = {
  resources: [{ urn: `urn:pulumi:prod::semesterhub::${type}::data`, type, id: volume.id }],
};

test("one that the state knows or the configuration takes, or none at all, is no reason to stop", () => {
  expect(() => {
    refuseStray(known, volume, "prod");
    refuseStray({}, undefined, "prod");
    refuseStray({}, volume, "prod", "0f5e");
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
  expect(said).toContain("config set --stack prod --path semesterhub:openstack.dataVolumeId 0f5e");
});
