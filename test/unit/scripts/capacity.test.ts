import {
  judgeImageSpace,
  judgeMemory,
  judgePort,
  judgeStorageSpace,
  judgeSwarm,
  studentsThatFit,
} from "../../../scripts/lib/computer/capacity.mjs";

const gibibyte = 2 ** 30;
const student = { memoryBytes: gibibyte, memoryReservedBytes: gibibyte / 4, namedServers: 0 };

test("memory: what the services need is not the students'", () => {
  expect(studentsThatFit(500 * 2 ** 20, gibibyte / 4)).toBe(0);
  expect(studentsThatFit(500 * 2 ** 20 + gibibyte, gibibyte / 4)).toBe(4);
  expect(studentsThatFit(0, gibibyte)).toBe(0);
});

test("memory: says how many fit, warns when one can't have all, fails when none fits", () => {
  expect(judgeMemory(8 * gibibyte, student, false)).toEqual({
    how: "ok",
    text: "8 GB of memory free: 30 students at once at 256 MB each, 7 if each uses all of 1 GB",
  });
  expect(judgeMemory(gibibyte, student, false).how).toBe("warning");
  expect(judgeMemory(gibibyte / 2, student, false)).toMatchObject({
    how: "failed",
    fix: expect.stringContaining("memoryReserved") as string,
  });
  // A course that runs has its services' memory already, and full of students is no failure.
  expect(judgeMemory(gibibyte / 8, student, true).how).not.toBe("failed");
});

test("memory: named servers cost as much as others", () => {
  const { text } = judgeMemory(8 * gibibyte, { ...student, namedServers: 2 }, false);
  expect(text).toContain("7 if each uses all of 1 GB; 2 with 3 servers each");
});

test("memory: without a reservation, what a server needs anyway is counted", () => {
  const nothing = { memoryBytes: gibibyte, memoryReservedBytes: 0, namedServers: 0 };
  expect(judgeMemory(8 * gibibyte, nothing, false).text).toContain("76 students at once at 100 MB");
  expect(judgeMemory(gibibyte / 2, nothing, false)).toMatchObject({
    how: "failed",
    fix: expect.stringContaining("Free 88 MB") as string,
  });
});

test("disk: the first build needs more than later ones", () => {
  expect(judgeImageSpace(4 * gibibyte, "/d", false).how).toBe("failed");
  expect(judgeImageSpace(4 * gibibyte, "/d", true).how).toBe("ok");
  expect(judgeStorageSpace(gibibyte / 2, "/s")).toMatchObject({ how: "failed" });
});

const own = "semesterhub-dev-proxy";
const port = { port: 8443, own, key: "port", container: undefined, process: undefined };

test.each([
  ["nobody listens", { free: true }, "ok", /free/],
  ["our own proxy listens", { free: false, container: own }, "ok", /own proxy/],
  ["another container does", { free: false, container: "web" }, "failed", /container web/],
  ["it publishes without a proxy process", { free: true, container: "web" }, "failed", /web/],
  [
    "a program does",
    { free: false, process: "nginx (process 7)" },
    "failed",
    /nginx \(process 7\)/,
  ],
  ["somebody unseen does", { free: false }, "failed", /another program/],
])("port: %s", (_, facts, how, text) => {
  const finding = judgePort({ ...port, ...facts });
  expect(finding.how).toBe(how);
  expect(finding.text).toMatch(text);
  expect(finding.fix === undefined).toBe(how === "ok");
});

test.each([
  [{}, "ok"],
  [{ LocalNodeState: "inactive" }, "ok"],
  [{ LocalNodeState: "active", ControlAvailable: true }, "ok"],
  [{ LocalNodeState: "active", ControlAvailable: false }, "failed"],
  [{ LocalNodeState: "locked" }, "failed"],
])("Swarm %j: %s", (swarm, how) => {
  expect(judgeSwarm(swarm).how).toBe(how);
});

test("an engine that lost the Swarm of the course is no new one", () => {
  const { how, fix } = judgeSwarm({ LocalNodeState: "inactive" }, 1);
  expect(how).toBe("failed");
  expect(fix).toContain("config set --path semesterhub:local.generation 2");
  expect(judgeSwarm({ LocalNodeState: "active", ControlAvailable: true }, 1).how).toBe("ok");
});
