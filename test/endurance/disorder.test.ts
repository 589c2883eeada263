// A class at work for a long time while parts of the course fail: `npm run test:endurance`. Every byte that
// a student was told is saved must be there at the end, and everything must be well again.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import WebSocket from "ws";
import { Kernel } from "../lib/kernel";
import { operator, Semester } from "../lib/semester";
import { until } from "../lib/until";
import { wait } from "./chance";
import { disorder, secondsOf, tableOf, type Outcome } from "./disorder";
import { impossible } from "./faults";
import { megabytes, MemoryWatch } from "./memory";

const minutes = Number(process.env["ENDURANCE_MINUTES"] ?? 5);
const count = Number(process.env["ENDURANCE_STUDENTS"] ?? 40);
const seed = Number(process.env["ENDURANCE_SEED"] ?? randomBytes(2).readUInt16BE());
/** Stands above the configuration's `cull.idleMinutes`. */
const awaySeconds = 8 * 60;
const students = Array.from({ length: count }, (_, index) => `s${String(index + 1)}`);
const say = (line: string) => process.stdout.write(`  ${line}\n`);

let semester: Semester;
let outcome: Outcome;
let memory: MemoryWatch;
const start = Date.now();

beforeAll(
  async () => {
    semester = await Semester.current();
    const { services, containers } = semester.outputs;
    memory = new MemoryWatch({
      hub: () => semester.container(services.hub),
      chp: () => semester.container(services.chp),
      proxy: () => Promise.resolve(containers.proxy),
      firewall: () => Promise.resolve(containers.firewall),
    });
    say(`${count} students for ${minutes} minutes; ENDURANCE_SEED=${seed} repeats it`);
    for (const reason of impossible) say(`skipped: ${reason}`);
    outcome = await disorder(semester, students, { minutes, awaySeconds, seed }, say);
    say(`\n${tableOf(outcome, start)}`);
    const { acts, kernelsLost, troubles } = outcome.notebook;
    const { confirmed } = outcome.ledger;
    say(`${acts} acts, ${confirmed} saves confirmed, ${troubles.length} troubles`);
    for (const one of kernelsLost) say(`kernel lost: ${one}`);
  },
  minutes * 60_000 + 900_000,
);

test("each fault was over in time, and students worked through them", () => {
  expect(outcome.happened.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(outcome.happened.length).toBeGreaterThanOrEqual(Math.floor(minutes));
  expect(outcome.ledger.confirmed).toBeGreaterThan(count * minutes);
});

test("every byte that a student was told is saved is there", () => {
  expect(outcome.ledger.lost(join(semester.outputs.storage.path, "homes"))).toEqual([]);
  expect(outcome.notebook.wrong).toEqual([]);
});

test("no kernel lost its variables to a fault", () => {
  expect(outcome.notebook.kernelsLost).toEqual([]);
});

test("what did not work worked again, without anybody's help", () => {
  const lasting = outcome.notebook.troubles.filter((one) => secondsOf(one) > 200);
  expect(lasting).toEqual([]);
});

test("every server can be started, and computes", async () => {
  const remaining = [...students];
  const one = async () => {
    for (let name = remaining.pop(); name !== undefined; name = remaining.pop()) {
      const user = semester.user(name);
      expect(await user.logIn()).toBe(true);
      await user.start(120);
      await user.enter();
      expect(await (await Kernel.start(user)).run("print(6 * 7)")).toBe("42\n");
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
});

test("status says that all is well, and a new student gets in", async () => {
  await operator("status");
  await operator("check");
});

test("a backup holds what students were told, and gives it back", async () => {
  await operator("backup");
  for (const { student, file } of outcome.ledger.samples().slice(0, 3)) {
    const path = join(semester.outputs.storage.path, "homes", student, file);
    const before = digest(path);
    await operator("restore", "--student", student, "--path", file, "--yes");
    expect(digest(path)).toBe(before);
  }
});

test("abandoned websockets leave the memory of chp and nginx flat", async () => {
  const { services, containers } = semester.outputs;
  const chp = await semester.container(services.chp);
  const round = async () => {
    for (const name of students.slice(0, 20)) await abandon(name, 50);
    await wait(20);
    return [await megabytes(chp), await megabytes(containers.proxy)];
  };
  // The first round makes what a process keeps once it had so many.
  const first = await round();
  await round();
  const last = await round();
  say(`chp and nginx: ${first.join(" and ")} MB after 1,000, ${last.join(" and ")} after 3,000`);
  for (const [index, size] of last.entries()) expect(size).toBeLessThan((first[index] ?? 0) + 8);
});

test("memory of hub, chp, proxy and firewall is flat", async () => {
  const kernels = await Promise.all(
    students.slice(0, 10).map(async (name) => {
      const user = semester.user(name);
      await user.logIn();
      await user.start();
      await user.enter();
      return { user, kernel: await Kernel.start(user) };
    }),
  );
  const seconds = Math.max(60, minutes * 6);
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    for (const { user, kernel } of kernels) {
      await kernel.run("print(1)");
      await user.api(`/users/${user.name}`);
    }
    await memory.sample();
    await wait(1);
  }
  for (const { part, first, last } of memory.growth()) {
    say(`${part}: ${first.toFixed(0)} MB at first, ${last.toFixed(0)} at last (${seconds} s)`);
    expect(last).toBeLessThan(first * 1.05 + 3);
  }
}, 3_600_000);

function digest(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Opens websockets to a kernel of somebody's and lets go of them without a word. */
async function abandon(name: string, sockets: number): Promise<void> {
  const user = semester.user(name);
  await user.logIn();
  await user.start();
  await user.enter();
  const answer = await user.serverApi("/kernels", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "python3" }),
  });
  const { id } = JSON.parse(answer.text) as { id: string };
  const path = `/user/${name}/api/kernels/${id}/channels`;
  const { session } = user;
  const open = () =>
    new WebSocket(`${session.origin.replace("https", "wss")}${path}`, {
      ca: session.authority,
      headers: { cookie: session.cookieHeader(path), origin: session.origin },
    }).on("error", () => undefined);
  const all = Array.from({ length: sockets }, open);
  await until(
    `${name}'s websockets`,
    () => Promise.resolve(all.every(({ readyState }) => readyState !== 0) ? true : undefined),
    { seconds: 60 },
  );
  for (const one of all) one.terminate();
  await user.serverApi(`/kernels/${id}`, { method: "DELETE" });
}
