import { judgeGpus } from "../../../scripts/lib/computer/gpuCapacity.mjs";
import { accepted, changed, valid } from "../lib/configHelp";

const profiles = [{ name: "Usual" }, { name: "GPU", gpus: 1 }, { name: "Two GPUs", gpus: 2 }];

test("servers with GPUs are counted machine by machine", () => {
  const nodes = [3, 0, 2].map((gpus, index) => ({
    ...{ name: `n${index}`, address: `203.0.113.${50 + index}`, gpus },
  }));
  const hosts = changed(valid.hosts.hosts, { nodes });
  const found = judgeGpus(accepted(valid.hosts, { hosts, profiles }));
  expect(found.map(({ text }) => text)).toEqual([
    "GPU: 5 servers with 1 GPU each at once",
    "Two GPUs: 2 servers with 2 GPUs each at once",
  ]);
});

test("nodes of a cloud are alike", () => {
  const openstack = changed(valid.openstack.openstack, { nodes: { count: 3, gpus: 2 } });
  const [gpu] = judgeGpus(accepted(valid.openstack, { openstack, profiles }));
  expect(gpu?.text).toBe("GPU: 6 servers with 1 GPU each at once");
});

test("a course without them hears nothing of them", () => {
  expect(judgeGpus(accepted(valid.local, {}))).toEqual([]);
});
