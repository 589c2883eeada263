// What students notice of the hub's life: nothing.
import { Kernel } from "../lib/kernel";
import { must, Semester } from "../lib/semester";
import { until } from "../lib/until";

/** HUB_CYCLES=20 is the full count; the default keeps `npm test` short. */
const cycles = Number(process.env["HUB_CYCLES"] ?? 6);
const restarts = Math.ceil(cycles / 4);

let semester: Semester;

beforeAll(async () => {
  semester = await Semester.up();
});

/** Makes Swarm start the hub anew, and waits until its API answers through the proxy. */
async function restartHub(): Promise<void> {
  const { hub } = semester.outputs.services;
  await must("docker", ["service", "update", "--force", "--quiet", hub]);
  const session = semester.user("nobody").session;
  await until("the hub's API", async () => {
    const answer = await session.ask("/hub/api/");
    return answer.status === 200 ? answer : undefined;
  });
}

test("a variable in a running kernel survives a restart of the hub, and its server is never gone", async () => {
  const ada = semester.user("ada");
  expect(await ada.logIn()).toBe(true);
  await ada.start();
  await ada.enter();
  const kernel = await Kernel.start(ada);
  await kernel.run("answer = 6 * 7");
  const server = await semester.studentContainer("ada");

  const probes: number[] = [];
  const restart = { done: false };
  const probing = (async (): Promise<void> => {
    while (!restart.done) {
      probes.push((await ada.serverApi("/status")).status);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  await restartHub();
  restart.done = true;
  await probing;

  expect(probes.length).toBeGreaterThan(5);
  expect(new Set(probes)).toEqual(new Set([200]));
  expect(await kernel.run("print(answer)")).toBe("42\n");
  expect(await semester.studentContainer("ada")).toBe(server);
  await ada.stop();
});

test(`${cycles} immediate stops and starts answer every time`, async () => {
  const grace = semester.user("grace");
  expect(await grace.logIn()).toBe(true);
  const failures: string[] = [];
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    await grace.start();
    await grace.enter();
    const answer = await grace.serverApi("/status");
    if (answer.status !== 200) failures.push(`cycle ${cycle}: ${answer.status} ${answer.text}`);
    await grace.stop();
  }
  expect(failures).toEqual([]);
});

test(`after each of ${restarts} hub restarts a fresh login works on a server that was running`, async () => {
  const alan = semester.user("alan");
  expect(await alan.logIn()).toBe(true);
  await alan.start();
  const failures: string[] = [];
  for (let restart = 1; restart <= restarts; restart += 1) {
    await restartHub();
    // A new browser: the student's server must ask the hub about a token that it has never seen.
    const browser = semester.user("alan");
    expect(await browser.logIn()).toBe(true);
    const started = Date.now();
    await browser.enter();
    const answer = await browser.serverApi("/status");
    const seconds = (Date.now() - started) / 1000;
    if (answer.status !== 200 || seconds > 5) {
      failures.push(`restart ${restart}: ${answer.status} after ${seconds} s ${answer.text}`);
    }
  }
  expect(failures).toEqual([]);
  await alan.stop();
});

test("a stranger is refused, with the right password too", async () => {
  const stranger = semester.user("mallory");
  expect(await stranger.logIn()).toBe(false);
});

test("staff see who is there, stop a student's server, and can't enter it", async () => {
  const ada = semester.user("ada");
  const teacher = semester.user("teacher");
  expect(await ada.logIn()).toBe(true);
  expect(await teacher.logIn()).toBe(true);
  await ada.start();

  const users = JSON.parse((await teacher.api("/users")).text) as { name: string }[];
  expect(users.map((user) => user.name)).toContain("ada");
  expect((await teacher.session.visit("/user/ada/lab")).status).toBe(403);
  expect((await teacher.api("/users/ada/server", { method: "DELETE" })).status).toBeLessThan(300);
  await until("ada's server to be gone", async () =>
    (await ada.server()) === undefined ? true : undefined,
  );
  expect((await ada.api("/users")).status).toBe(403);
});
