// A node's network is cut, with a student at work there: for as long as an operator needs to look, and for
// longer than the Swarm waits.
import { Kernel } from "../lib/kernel";
import type { HubUser } from "../lib/hubUser";
import { bedStack, MachineCourse, onMachine, say } from "../lib/machineCourse";
import { tryOperator } from "../lib/semester";
import { until } from "../lib/until";

let course: MachineCourse;
let ada: HubUser;

/** A table of its own, ahead of the course's: nothing comes in, goes out or is handed on. */
const table = `table inet cut {
  chain in { type filter hook input priority -500; policy drop; iif lo accept; }
  chain out { type filter hook output priority -500; policy drop; oif lo accept; }
  chain through { type filter hook forward priority -500; policy drop; }
}`;

/** Cuts node-1 off while something is done. */
async function cutOff(work: () => Promise<void>): Promise<number> {
  const since = Date.now();
  await onMachine("node-1", "nft", table);
  try {
    await work();
  } finally {
    await onMachine("node-1", "nft", "delete table inet cut");
  }
  return (Date.now() - since) / 1000;
}

const nodes = (): Promise<string> =>
  onMachine("hub", "docker", "node", "ls", "--format", "{{.Hostname}} {{.Status}}");

beforeAll(async () => {
  course = await MachineCourse.current();
  ada = await course.logIn("ada");
  await ada.start(180);
  await ada.enter();
});

test("who worked there works on, and status names the machine meanwhile", async () => {
  const kernel = await Kernel.start(ada);
  await kernel.run("x = 41");
  const before = await course.server("ada");
  expect(before).toMatchObject({ machine: "node-1" });
  const seconds = await cutOff(async () => {
    const { code, stdout } = await tryOperator(bedStack, "status");
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗.*node-1/);
  });
  const said = await until("the kernel", () => kernel.run("print(x + 1)", 20), { seconds: 120 });
  expect(said).toBe("42\n");
  expect(await course.server("ada")).toEqual(before);
  say(`node-1 was cut off for ${seconds.toFixed(0)} s: the kernel lives`);
});

test("after the Swarm gave it up, the server starts there again, with what was saved", async () => {
  const kernel = await Kernel.start(ada);
  await kernel.run("open('cut.txt', 'w').write('saved before')");
  const seconds = await cutOff(async () => {
    await until(
      "the Swarm to give the node up",
      async () => ((await nodes()).includes("node-1 Down") ? true : undefined),
      { seconds: 300, everyMs: 2000 },
    );
  });
  const since = Date.now();
  const again = await until(
    "ada's kernel",
    async () => {
      await ada.start(120);
      await ada.enter();
      return Kernel.start(ada);
    },
    { seconds: 300, everyMs: 2000 },
  );
  expect(await again.run("print(open('cut.txt').read())")).toBe("saved before\n");
  say(
    `node-1 was cut off for ${seconds.toFixed(0)} s: ada works again ` +
      `${((Date.now() - since) / 1000).toFixed(0)} s after it came back`,
  );
});
