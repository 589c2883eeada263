// The end of a semester: not while no backup can be made. That it ends when one can, and what is left
// then, is the stage after this one (run.mjs).
import { CloudCourse } from "../lib/cloudCourse";
import { exec, must, tryOperator } from "../lib/semester";
import { gateway } from "./bed.mjs";
import { inCloud, objectStorePort } from "./cloud.mjs";
import { cloudStack, patience } from "./patience";

/** Makes the cloud's object storage go away for its machines, or come back. */
async function objectStorage(is: "away" | "there"): Promise<void> {
  const to = ["--destination", gateway, "--protocol", "tcp", "--dport", await objectStorePort()];
  const rule = ["--wait", is === "away" ? "--insert" : "--delete", "INPUT", "--in-interface"];
  await must("iptables", [...rule, "br-ex", ...to, "--jump", "REJECT"]);
}

test("down without a place for the backup refuses, and the course runs on", async () => {
  const course = await CloudCourse.current(cloudStack);
  const ada = await course.member("ada");
  await ada.start(patience);
  const before = await inCloud(`semesterhub-${cloudStack}`);
  await objectStorage("away");
  try {
    const { code, stdout, stderr } = await tryOperator(cloudStack, "down", "--yes");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("pre-destroy-backup");
  } finally {
    await objectStorage("there");
  }
  expect(await inCloud(`semesterhub-${cloudStack}`)).toEqual(before);
  expect(await ada.server()).toBeDefined();
  expect((await exec("curl", ["-ksf", `${course.outputs.url}/hub/health`])).code).toBe(0);
});
