// What a semester costs, and how many students fit, said before anything is made.
import { judgeHosts } from "../../../scripts/lib/computer/hostsCapacity.mjs";
import { costOf, judgeCost } from "../../../scripts/lib/cloud/cost.mjs";
import { accepted, changed, refused, valid, type RawSections } from "../lib/configHelp";

const prices = {
  currency: "EUR",
  flavorHour: { s: 0.01, m: 0.1, l: 0.2 },
  volumeGbMonth: 0.05,
  floatingIpMonth: 3,
};
const flavors = { proxy: "s", hub: "m", node: "l" };
const cloud = (keys: object, course: object = {}): RawSections => ({
  course: { title: "T", ...course },
  openstack: changed(valid.openstack.openstack, { flavors, prices, ...keys }),
});
const costs = (keys: object, course?: object) => accepted(valid.openstack, cloud(keys, course));

test("machines, volumes and the address, for a month and the semester", () => {
  const config = costs(
    { nodes: { count: 2 }, dataVolumeGb: 100 },
    { starts: "2026-09-01", ends: "2026-09-30" },
  );
  const cost = costOf(config);
  expect(cost?.parts).toEqual([
    { what: "2 nodes", month: 292 },
    { what: "hub", month: 73 },
    { what: "proxy", month: expect.closeTo(7.3) as number },
    { what: "data volume", month: 5 },
    { what: "floating IP", month: 3 },
  ]);
  expect(cost?.month).toBeCloseTo(380.3);
  expect(cost?.semester).toBeCloseTo((380.3 * 720) / 730);
  expect(judgeCost(config)).toEqual([
    {
      how: "ok",
      text: "costs about EUR 375 for the semester, EUR 380 a month (2 nodes EUR 292, hub EUR 73, proxy EUR 7.30, …)",
    },
  ]);
});

test("system disks on volumes are counted, machine by machine", () => {
  const config = costs({ nodes: { count: 2 }, bootVolumeGb: 20, dataVolumeGb: 100 });
  expect(costOf(config)?.parts).toContainEqual({ what: "system disks", month: 4 });
  expect(costOf(config)?.semester).toBeUndefined();
  expect(judgeCost(config)[0]?.text).toContain("a month; with course.starts and course.ends");
});

test("without prices nothing is said", () => {
  expect(judgeCost(costs({ prices: undefined }))).toEqual([]);
  expect(judgeCost(accepted(valid.local, {}))).toEqual([]);
});

test("a flavor without a price is refused: the sum would be wrong", () => {
  const problems = refused(
    valid.openstack,
    cloud({ prices: { ...prices, flavorHour: { s: 1, m: 1 } } }),
  );
  expect(problems.map(({ problem }) => problem)).toEqual([
    "has no price of l, which machines are made of",
  ]);
});

const hosts = (memories: readonly (string | undefined)[], more: RawSections = {}) =>
  accepted(valid.hosts, {
    hosts: changed(valid.hosts.hosts, {
      nodes: memories.map((memory, index) => ({
        name: `node-${String(index + 1)}`,
        address: `203.0.113.${String(20 + index)}`,
        ...(memory !== undefined && { memory }),
      })),
    }),
    student: { memory: "1G" },
    ...more,
  });

test("hosts: what the configured memory is enough for", () => {
  expect(judgeHosts(hosts(["32G", "16G"]))).toEqual([
    { how: "ok", text: "46 students at once at 1 GB each on 2 machines" },
  ]);
  expect(judgeHosts(accepted(valid.local, {}))).toEqual([]);
});

test("hosts: more may start than fit", () => {
  const [finding] = judgeHosts(hosts(["4G"], { spawn: { activeServers: 10 } }));
  expect(finding).toMatchObject({ how: "warning" });
  expect(finding?.text).toContain("spawn.activeServers lets 10 start");
});

test("hosts: a machine whose memory is not told", () => {
  const [finding] = judgeHosts(hosts(["32G", undefined]));
  expect(finding).toMatchObject({ how: "ok" });
  expect(finding?.text).toContain("the memory of node-2");
});
