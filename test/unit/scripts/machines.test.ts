// What the operator's commands know of machines: their engines.
import { createServer, type Server } from "node:net";
import { enginesOf, knock } from "../../../scripts/lib/docker/reach.mjs";

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

describe("an engine that doesn't answer", () => {
  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return (server.address() as { port: number }).port;
  };

  test("nobody listens", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    expect((await knock({ host: "127.0.0.1", port })).obstacle).toContain("ECONNREFUSED");
  });

  test("the forward is there, the engine isn't", async () => {
    const server = createServer((socket) => socket.destroy());
    const port = await listen(server);
    expect((await knock({ host: "127.0.0.1", port })).obstacle).toBe(
      "the proxy's machine answers, the engine behind it does not",
    );
    server.close();
  });
});
