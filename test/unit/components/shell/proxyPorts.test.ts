// Who holds the proxy's ports: the script that looks before the old proxy goes, with a docker that answers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellScript } from "../../../../components/lib/shell";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const servers = { ipv4: createServer(), ipv6: createServer() };
const taken = { ipv4: 0, ipv6: 0 };
let free = 0;

/** A port that the system gives. */
async function listenOn(server: ReturnType<typeof createServer>, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  taken.ipv4 = await listenOn(servers.ipv4, "127.0.0.1");
  taken.ipv6 = await listenOn(servers.ipv6, "::1");
  const short = createServer();
  free = await listenOn(short, "127.0.0.1");
  short.close();
  await once(short, "close");
});
afterAll(() => {
  for (const server of Object.values(servers)) server.close();
  rmSync(folder, { recursive: true });
});

/** The script's status and message, where a proxy publishes these ports already. */
async function look(ports: string, published?: readonly number[]) {
  const answer = published === undefined ? "exit 1" : `echo "${published.join(" ")} "`;
  writeFileSync(join(folder, "docker"), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  const child = spawn("sh", ["-c", shellScript("proxy/proxy-ports.sh")], {
    env: {
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
      ...{ CONTAINER: "semesterhub-dev-proxy", PORTS: ports },
    },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number];
  return { status, stderr };
}

test("a free port is no obstacle, nor one of the old proxy's", async () => {
  const fine = { status: 0, stderr: "" };
  expect(await look(`port=${free}`)).toEqual(fine);
  expect(await look(`port=${taken.ipv4} httpPort=${free}`, [80, taken.ipv4])).toEqual(fine);
});

test.each(["ipv4", "ipv6"] as const)(
  "another program's port is refused by its key, %s",
  async (family) => {
    const port = taken[family];
    // A number that only ends like it is another's.
    expect(await look(`port=${free} httpPort=${port}`, [Number(`1${port}`), free])).toEqual({
      status: 1,
      stderr:
        `proxy.httpPort: another program listens on port ${port} of the proxy's machine ` +
        `(ss -ltnp 'sport = :${port}' shows it). Stop it, or set another proxy.httpPort.\n`,
    });
  },
);
