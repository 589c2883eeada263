// The way into a container that `npm run monitoring` opens: bytes both ways, and no other address.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { listen } from "../../../scripts/lib/docker/tunnel.mjs";

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

/** Stands for what is in the container: says what it was told, once all of it came. */
async function inside(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let said = "";
    socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
    socket.once("end", () => socket.end(`heard ${said}`));
  });
  opened.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const ends = async (port: number) => {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  return { out: socket, in: socket, close: () => socket.destroy() };
};

const ask = async (server: Server, said: string) => {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(said);
  return text(socket);
};

test("each connection is led on, both ways to its end, at the loopback address alone", async () => {
  const port = await inside();
  const failed = jest.fn();
  const server = await listen(0, () => ends(port), failed);
  opened.push(server);
  expect((server.address() as AddressInfo).address).toBe("127.0.0.1");
  const long = "x".repeat(300_000);
  expect(await Promise.all([ask(server, "one"), ask(server, long)])).toEqual([
    "heard one",
    `heard ${long}`,
  ]);
  expect(failed).not.toHaveBeenCalled();
});

test("what can't be led on is told, and the next one is tried again", async () => {
  const port = await inside();
  const failed = jest.fn();
  const silent = () => Promise.reject(new Error("The monitoring of dev does not run."));
  const connections = [silent, () => ends(port)];
  const server = await listen(0, () => (connections.shift() ?? silent)(), failed);
  opened.push(server);
  await ask(server, "one").catch(() => undefined); // a reset or an end
  expect(failed).toHaveBeenCalledWith(new Error("The monitoring of dev does not run."));
  expect(await ask(server, "two")).toBe("heard two");
});

test("a port that is taken is said, with what to do", async () => {
  const port = await inside();
  await expect(listen(port, () => ends(port), jest.fn())).rejects.toMatchObject({
    message: expect.stringContaining(`Port ${String(port)}`) as string,
    fix: expect.stringContaining("--port") as string,
  });
});
