// Who holds a port of the course's, with a docker command that knows the proxy's container and no engine.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { portFindings } from "../../../scripts/lib/computer/ports.mjs";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-ports-"));
const before = { path: process.env["PATH"], host: process.env["DOCKER_HOST"] };
const server = createServer();
let port = 0;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
  process.env["PATH"] = [folder, before.path].join(delimiter);
  process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
});
afterAll(() => {
  server.close();
  process.env["PATH"] = before.path;
  if (before.host === undefined) delete process.env["DOCKER_HOST"];
  else process.env["DOCKER_HOST"] = before.host;
  rmSync(folder, { recursive: true });
});

/** Where the proxy's container has these ports, running or about to, and this program listens. */
function findings(proxyHas: readonly number[], listens: string) {
  const command = (name: string, says: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${says}\n`, { mode: 0o755 });
  };
  command("docker", `echo "${proxyHas.join(" ")} "`);
  const line = `LISTEN 0 9 *:${port} *:* users:(("${listens}",pid=7,fd=4))`;
  command("ss", `case "$*" in *":${port}") echo '${line}' ;; esac`);
  return portFindings("dev", { port, httpPort: 1 });
}

test("a stranger's port is refused by its key, and a free one is no obstacle", async () => {
  const [https, http] = await findings([], "nginx");
  expect(https).toMatchObject({
    how: "failed",
    fix: expect.stringContaining("proxy port") as string,
  });
  expect(https?.text).toContain(`port ${port} is taken by nginx (process 7)`);
  expect(http).toEqual({ how: "ok", text: "port 1 is free" });
});

test("the port of the course's own proxy is no stranger's, also while Docker starts it", async () => {
  const hows = (await findings([port], "docker-proxy")).map(({ how }) => how);
  expect(hows).toEqual(["ok", "ok"]);
});

test("a program that took the port of a proxy that is stopped is a stranger", async () => {
  const [https] = await findings([port], "nginx");
  expect(https?.text).toContain(`port ${port} is taken by nginx`);
});
