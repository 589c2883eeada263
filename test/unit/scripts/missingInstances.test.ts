// VMs that somebody deleted by hand: which they are, and what Pulumi is asked to make again.
import {
  forgetArgs,
  missingInstances,
  neverStarted,
  remakeArgs,
} from "../../../scripts/lib/cloud/missingInstances.mjs";
import type { StateResource } from "../../../scripts/lib/pulumi/state.mjs";

const urn = (type: string, name: string) => `urn:pulumi:prod::semesterhub::${type}::${name}`;
const instance = "openstack:compute/instance:Instance";
const attachment = "openstack:compute/volumeAttach:VolumeAttach";

function vm(machine: string): StateResource {
  return { urn: urn(instance, `${machine}-vm`), type: instance, id: `id-${machine}` };
}

const attached: StateResource = {
  urn: urn(attachment, "data-attached"),
  type: attachment,
  inputs: { instanceId: "id-hub" },
};
const component: StateResource = {
  urn: urn("semesterhub:index:SshMachine", "hub"),
  type: "semesterhub:index:SshMachine",
};
const step: StateResource = {
  urn: urn("command:remote:Command", "hub-base"),
  type: "command:remote:Command",
  parent: component.urn,
};
const engine = (name: string): StateResource => ({
  urn: urn("command:remote:Command", `${name}-engine`),
  type: "command:remote:Command",
});
const swarm: StateResource = {
  urn: urn("command:remote:Command", "swarm"),
  type: "command:remote:Command",
};
const early = [vm("proxy"), vm("hub"), vm("node-1"), attached, component, step, swarm];
const resources = [...early, engine("hub"), engine("nodes-node-1")];

test("nothing is gone while the cloud has every VM", () => {
  expect(missingInstances(resources, ["proxy", "hub", "node-1"])).toEqual([]);
});

test("a VM that the cloud has not is gone, and with it what was attached to it", () => {
  expect(missingInstances(resources, ["proxy", "node-1"])).toEqual([
    { machine: "hub", lost: [vm("hub").urn, attached.urn] },
  ]);
  expect(missingInstances(resources, ["proxy", "hub"])).toEqual([
    { machine: "node-1", lost: [vm("node-1").urn] },
  ]);
});

test("a VM that could not start is made again, and no other", () => {
  const failed = {
    ...vm("node-1"),
    initErrors: ["unexpected state 'ERROR', wanted target 'ACTIVE'"],
  };
  expect(neverStarted([vm("hub"), failed, { ...component, initErrors: ["x"] }])).toEqual([
    failed.urn,
  ]);
  expect(neverStarted([{ ...failed, delete: true }])).toEqual([]);
});

test("one that was replaced and waits for its removal does not count", () => {
  expect(missingInstances([{ ...vm("hub"), delete: true }], [])).toEqual([]);
});

test("what is gone is forgotten, and made again with its machine's steps and the Swarm, and nothing else", () => {
  const gone = missingInstances(resources, ["proxy", "node-1"]);
  expect(forgetArgs(gone)).toEqual({ target: [vm("hub").urn, attached.urn] });
  expect(remakeArgs(gone, resources)).toEqual({
    target: [vm("hub").urn, attached.urn, component.urn, step.urn, swarm.urn],
  });
});

test("a VM that went before it had an engine is only forgotten: what it lacks can't be targeted", () => {
  expect(remakeArgs(missingInstances(early, ["proxy", "node-1"]), early)).toBeUndefined();
  expect(remakeArgs(missingInstances(resources, ["node-1"]), resources)).toEqual(
    remakeArgs(missingInstances(resources, ["proxy", "node-1"]), resources),
  );
});

test("a node takes no Swarm with it", () => {
  const { target } = remakeArgs(missingInstances(resources, ["proxy", "hub"]), resources) ?? {};
  expect(target).toContain(vm("node-1").urn);
  expect(target).not.toContain(swarm.urn);
});
