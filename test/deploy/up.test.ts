// The real program on the real engine: up, up again, drift, a changed setting.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, operator, root, Semester, testStack } from "../lib/semester";

let semester: Semester;

beforeAll(async () => {
  semester = await Semester.up();
});

/** The id that Docker gave to one of the course's services. */
async function serviceId(part: keyof Semester["outputs"]["services"]): Promise<string> {
  const name = semester.outputs.services[part];
  return (await must("docker", ["service", "inspect", "--format", "{{.ID}}", name])).stdout.trim();
}

test("the URL answers, with the stack's own certificate", async () => {
  const { session } = semester.user("nobody");
  expect((await session.ask("/semesterhub/health")).text.trim()).toBe("ok");
  const page = await session.visit("/");
  expect(page.status).toBe(200);
  expect(page.text).toContain("username_input");
  expect(page.headers["x-content-type-options"]).toBe("nosniff");
});

test("a second up changes nothing", async () => {
  await operator("up", "--yes", "--expect-no-changes");
});

test("a refresh finds no drift, and nothing changes after it", async () => {
  await operator("up", "--yes", "--refresh", "--expect-no-changes");
});

test("a service and a container that somebody removed are made again", async () => {
  const { services, containers } = semester.outputs;
  await must("docker", ["service", "rm", services.chp]);
  await must("docker", ["rm", "--force", containers.firewall]);
  await operator("up", "--yes", "--refresh");
  await must("docker", ["inspect", containers.firewall]);
  const ada = semester.user("ada");
  expect(await ada.logIn()).toBe(true);
  await operator("up", "--yes", "--expect-no-changes");
});

test("a changed setting updates the hub in place and touches nothing else", async () => {
  const file = join(root, `Pulumi.${testStack}.yaml`);
  const original = readFileSync(file, "utf8");
  const before = { hub: await serviceId("hub"), chp: await serviceId("chp") };
  const chp = await semester.container(semester.outputs.services.chp);
  try {
    writeFileSync(file, original.replace("title: Test course", "title: A better course"));
    await operator("up", "--yes");
    expect((await semester.user("nobody").session.visit("/hub/login")).text).toContain(
      "A better course",
    );
    expect({ hub: await serviceId("hub"), chp: await serviceId("chp") }).toEqual(before);
    expect(await semester.container(semester.outputs.services.chp)).toBe(chp);
  } finally {
    writeFileSync(file, original);
    await operator("up", "--yes");
  }
});
