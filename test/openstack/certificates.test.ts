// Every certificate but the authority's is made anew while a student is at work.
import { CloudCourse, command } from "../lib/cloudCourse";
import type { Kernel } from "../lib/kernel";
import { must } from "../lib/semester";
import { courseAtWork } from "./atWork";
import { cloudStack, patience } from "./patience";

let course: CloudCourse;
let kernel: Kernel;

beforeAll(async () => {
  ({ course, kernel } = await courseAtWork());
});

/** What a machine's engine shows. */
async function fingerprint(machine: string): Promise<string> {
  const file = "/etc/semesterhub/engine/crt.pem";
  return course.on(machine, ["openssl", "x509", "-noout", "-fingerprint", "-in", file]);
}

test("all keys are replaced, the engines show new certificates, and the kernel goes on", async () => {
  const before = await Promise.all(course.machines.map(fingerprint));
  const { stdout } = await command("pulumi", cloudStack, "stack", "export");
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { urn: string; type: string }[] };
  };
  const keys = deployment.resources.filter(
    ({ urn, type }) => type === "tls:index/privateKey:PrivateKey" && !/::(ca|ssh)-key$/.test(urn),
  );
  await must(process.execPath, [
    ...["scripts/pulumi.mjs", "up", "--stack", cloudStack, "--yes", "--skip-preview"],
    ...keys.flatMap(({ urn }) => ["--replace", urn]),
  ]);
  const after = await Promise.all(course.machines.map(fingerprint));
  expect(after.filter((one, index) => one === before[index])).toEqual([]);
  expect((await kernel.run("print(remembered)", patience)).trim()).toBe("42");
  await command("preview", cloudStack, "--expect-no-changes");
});
