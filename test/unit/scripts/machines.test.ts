// What the operator's commands know of machines: their engines, and one that was made anew.
import { createServer, type Server } from "node:net";
import { anewArgs } from "../../../scripts/lib/cloud/newMachine.mjs";
import { enginesOf, obstacle } from "../../../scripts/lib/docker/reach.mjs";

const urn = (type: string, name: string) => `urn:pulumi:s1::semesterhub::${type}::${name}`;
const component = urn("semesterhub:index:SshMachine", "nodes-node-1");
const child = (type: string, name: string, inputs = {}) => ({
  urn: urn(type, `nodes-node-1-${name}`),
  type,
  parent: component,
  inputs,
});
const resources = [
  { urn: component, type: "semesterhub:index:SshMachine" },
  child("command:remote:Command", "hostkey"),
  child("command:remote:Command", "base"),
  child("pulumi:providers:docker", "provider", { host: "tcp://203.0.113.10:23762" }),
  { urn: urn("docker:index/volume:Volume", "data"), type: "docker:index/volume:Volume" },
  {
    urn: urn("pulumi:providers:docker", "local-docker"),
    type: "pulumi:providers:docker",
    inputs: { host: "unix:///run/docker.sock" },
  },
];

test("engines that are reached over the network, by their machine's name", () => {
  expect(enginesOf(resources)).toEqual([
    { role: "node", machine: "node-1", host: "203.0.113.10", port: 23762, urn: resources[3]?.urn },
  ]);
});

test("a machine made anew: its host key is read again, nothing but its own part is touched", () => {
  expect(anewArgs(resources, "node-1")).toEqual({
    replace: [urn("command:remote:Command", "nodes-node-1-hostkey")],
    target: resources.slice(0, 4).map((resource) => resource.urn),
  });
  expect(() => anewArgs(resources, "node-7")).toThrow("no such machine");
});

test("with the hub's machine the Swarm is made anew, before services are asked for", () => {
  const hub = urn("semesterhub:index:SshMachine", "hub");
  const hostKey = urn("command:remote:Command", "hub-hostkey");
  const swarm = urn("command:remote:Command", "swarm");
  const all = [
    ...resources,
    { urn: hub, type: "semesterhub:index:SshMachine" },
    { urn: hostKey, type: "command:remote:Command", parent: hub },
    { urn: swarm, type: "command:remote:Command" },
  ];
  expect(anewArgs(all, "hub")).toEqual({
    replace: [hostKey],
    target: [hub, hostKey, swarm],
  });
  expect(anewArgs(all, "node-1").target).not.toContain(swarm);
});

describe("an engine that doesn't answer", () => {
  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return (server.address() as { port: number }).port;
  };

  test("nobody listens", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    expect(await obstacle({ host: "127.0.0.1", port })).toContain("ECONNREFUSED");
  });

  test("the forward is there, the engine isn't", async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await listen(server);
    expect(await obstacle({ host: "127.0.0.1", port })).toBe(
      "the proxy's machine answers, the engine behind it does not",
    );
    server.close();
  });
});
