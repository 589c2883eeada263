import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { connect, type AddressInfo } from "node:net";
import { connectionFrom, runOver } from "../../../scripts/lib/drift/ssh.mjs";

/** The parts of ssh2's server that stand for a machine here. */
interface Stream extends NodeJS.ReadWriteStream {
  stderr: NodeJS.WritableStream;
  exit(code: number): void;
}
interface Peer {
  on(event: "authentication", then: (context: { accept(): void }) => void): Peer;
  on(event: "session", then: (accept: () => Session) => void): Peer;
  on(event: "tcpip", then: (accept: () => Stream, reject: () => void, to: { destIP: string; destPort: number }) => void): Peer; // prettier-ignore
  on(event: "error", then: () => void): Peer;
}
interface Session {
  on(event: "exec", then: (accept: () => Stream, reject: () => void, info: { command: string }) => void): void; // prettier-ignore
}
interface Server {
  listen(port: number, host: string, then: () => void): void;
  address(): AddressInfo;
  close(then: () => void): void;
}
const docker = createRequire(require.resolve("dockerode"));
const ssh2 = createRequire(docker.resolve("docker-modem"))("ssh2") as {
  Server: new (options: object, onPeer: (peer: Peer) => void) => Server;
  utils: { generateKeyPairSync(kind: string): { private: string; public: string } };
};

const servers: Server[] = [];
afterAll(async () => {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((done) => {
          server.close(done);
        }),
    ),
  );
});

/** A machine that runs commands and, as a bastion, forwards connections. */
async function machine() {
  const key = ssh2.utils.generateKeyPairSync("ed25519");
  const server = new ssh2.Server({ hostKeys: [key.private] }, (peer) => {
    peer
      .on("authentication", (context) => {
        context.accept();
      })
      .on("session", (accept) => {
        accept().on("exec", (start, _, { command }) => {
          const stream = start();
          const child = spawn("sh", ["-c", command]);
          stream.pipe(child.stdin);
          child.stdout.pipe(stream, { end: false });
          child.stderr.pipe(stream.stderr, { end: false });
          child.on("close", (code) => {
            stream.exit(code ?? 1);
            stream.end();
          });
        });
      })
      .on("tcpip", (accept, _, { destIP, destPort }) => {
        const socket = connect(destPort, destIP);
        const stream = accept();
        stream.pipe(socket).pipe(stream);
      })
      .on("error", () => undefined);
  });
  servers.push(server);
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  return { host: "127.0.0.1", port: server.address().port, user: "root", hostKey: key.public };
}

const { private: privateKey } = ssh2.utils.generateKeyPairSync("ed25519");

test("a command behind a bastion reads its input and answers", async () => {
  const [bastion, behind] = [await machine(), await machine()];
  const connection = connectionFrom({ ...behind, privateKey, proxy: { ...bastion, privateKey } });
  expect(await runOver(connection, "tr a-z A-Z", "firewall\n")).toBe("FIREWALL\n");
});

test("a command that fails says why", async () => {
  const connection = connectionFrom({ ...(await machine()), privateKey });
  await expect(runOver(connection, "echo no such table >&2; exit 3", "")).rejects.toThrow(
    "no such table",
  );
});

test("a machine with another host key than the pinned one is told nothing", async () => {
  const [real, other] = [await machine(), await machine()];
  const connection = connectionFrom({ ...real, hostKey: other.hostKey, privateKey });
  await expect(runOver(connection, "true", "")).rejects.toThrow("SSH to 127.0.0.1 failed");
});
