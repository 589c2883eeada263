// A student on machines of a cloud, through the floating IP: a file that is written on one node is there
// on the other, and the home has its limit.
import { CloudCourse } from "../lib/cloudCourse";
import type { HubUser } from "../lib/hubUser";
import { Kernel } from "../lib/kernel";
import { until } from "../lib/until";
import { cloudStack, patience } from "./patience";

let course: CloudCourse;
let ada: HubUser;
let kernel: Kernel;

beforeAll(async () => {
  course = await CloudCourse.current(cloudStack);
  ada = await course.member("ada");
});

afterAll(async () => {
  for (const node of course.nodes) await course.availability(node, "active");
});

/** A server and a kernel, on a node where nothing else may start. */
async function startOn(node: string): Promise<void> {
  for (const other of course.nodes) {
    await course.availability(other, other === node ? "active" : "pause");
  }
  await ada.start(patience);
  await ada.enter();
  kernel = await Kernel.start(ada);
  expect((await course.serverOf("ada")).node).toBe(node);
}

test("somebody who did not sign up is not let in", async () => {
  // In no stage does he; the others are students from their first stage on.
  expect(await course.user("alan").logIn()).toBe(false);
});

test("a server starts on a node, and writes a file", async () => {
  if ((await ada.server()) !== undefined) await ada.stop(patience);
  await startOn("node-1");
  const wrote = await kernel.run("print(open('homework.txt', 'w').write('on node 1'))", patience);
  expect(wrote.trim()).toBe("9");
});

test("the file is there on the other node", async () => {
  await ada.stop(patience);
  await startOn("node-2");
  expect((await kernel.run("print(open('homework.txt').read())", patience)).trim()).toBe(
    "on node 1",
  );
});

test("the home is the student's own and nobody else's", async () => {
  const code =
    "import os; s = os.stat('.'); print(s.st_uid == os.getuid(), oct(s.st_mode & 0o777))";
  expect((await kernel.run(code, patience)).trim()).toMatch(/^True 0o7[05]0$/);
});

test("more than the quota is refused, and the message says so", async () => {
  const code = `
try:
    with open("large.bin", "wb") as file:
        for _ in range(80):
            file.write(bytes(2 ** 20))
            file.flush()
    print("written")
except OSError as error:
    print(error.strerror)
`;
  // What XFS says at the limit of a project's quota; JupyterLab puts it into words (images/notebook).
  expect((await kernel.run(code, patience)).trim()).toBe("No space left on device");
});

test("the file that filled the home is deleted, and what fits is written again", async () => {
  const deleted = await ada.serverApi("/contents/large.bin", { method: "DELETE" });
  expect(deleted.status).toBe(204);
  const code = `
try:
    print(open("small.bin", "wb").write(bytes(2 ** 20)))
except OSError as error:
    print(error.strerror)
`;
  const written = await until(
    "room in the home",
    async () => {
      const said = (await kernel.run(code, patience)).trim();
      // IPython may say below it that there was no room for its history either.
      return said.startsWith("No space left on device") ? undefined : said;
    },
    // The node would go on for minutes with what did not fit, if the file were not emptied.
    { seconds: 60, everyMs: 1000 },
  );
  expect(written).toBe(String(2 ** 20));
});
