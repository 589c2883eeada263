// The package proxy of the test beds: Debian's files, and nothing else.
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startPackageProxy } from "../../lib/packageProxy.mjs";

let mirror: Server;
let proxy: Awaited<ReturnType<typeof startPackageProxy>>;

beforeAll(async () => {
  mirror = createServer((incoming, outgoing) => {
    outgoing.writeHead(incoming.url === "/debian/pool/gone.deb" ? 404 : 200);
    outgoing.end(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
  });
  await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
  proxy = await startPackageProxy({ host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await proxy.stop();
  mirror.close();
});

function ask(url: string, method = "GET"): Promise<{ status?: number; text: string }> {
  const { hostname, port } = new URL(proxy.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: url, method }, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
      answer.on("end", () => {
        resolve({ ...(answer.statusCode && { status: answer.statusCode }), text });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

const at = (path: string) => `http://127.0.0.1:${(mirror.address() as AddressInfo).port}${path}`;

test("hands on files of an archive, and what its mirror answers", async () => {
  const path = "/debian/dists/trixie/InRelease";
  expect(await ask(at(path))).toEqual({ status: 200, text: `GET ${path}` });
  expect((await ask(at("/debian/pool/gone.deb"))).status).toBe(404);
});

test.each([
  ["another site", "http://127.0.0.1:1/admin"],
  ["a path alone", "/debian/dists/trixie/InRelease"],
  ["https", "https://deb.debian.org/debian/dists/trixie/InRelease"],
])("refuses %s", async (_, url) => {
  expect((await ask(url)).status).toBe(403);
});

test("refuses to write", async () => {
  expect((await ask(at("/debian/pool/a.deb"), "POST")).status).toBe(403);
});

test("a mirror that is not there is said", async () => {
  expect((await ask("http://127.0.0.1:1/debian/pool/a.deb")).status).toBe(502);
});
