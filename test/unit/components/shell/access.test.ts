// How the stack's key comes to a machine and goes again: the scripts, with OpenSSH and two servers, the
// second of which is reached through the first.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { shellScript } from "../../../../components/lib/shell";
import { until } from "../../../lib/until";

const folder = mkdtempSync(join(tmpdir(), "semester hub-")); // paths have spaces
const servers: ChildProcess[] = [];
const user = userInfo().username;

function makeKey(name: string): string {
  const file = join(folder, name);
  spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
  return file;
}
const publicKey = (file: string) => readFileSync(`${file}.pub`, "utf8").trim();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

interface Server {
  readonly port: number;
  readonly hostKey: string;
  /** Its only account's home. */
  readonly home: string;
  readonly authorized: string;
}

/** A server that lets one key in. */
async function serve(name: string, letsIn: string): Promise<Server> {
  const host = makeKey(`${name}-host`);
  const home = join(folder, name);
  const authorized = join(home, ".ssh", "authorized_keys");
  mkdirSync(join(home, ".ssh"), { recursive: true });
  // Without an end of its line.
  writeFileSync(authorized, publicKey(letsIn));
  const port = await freePort();
  const config = join(folder, `${name}.conf`);
  const lines = [
    `HostKey "${host}"`,
    "ListenAddress 127.0.0.1",
    `Port ${port}`,
    `AuthorizedKeysFile "${authorized}"`,
    `SetEnv "HOME=${home}"`,
    ...["StrictModes no", "UsePAM no", "PermitRootLogin yes", "PasswordAuthentication no"],
    "PidFile none",
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const [sshd = ""] = ["/usr/sbin/sshd", "/usr/bin/sshd"].filter((file) => existsSync(file));
  servers.push(spawn(sshd, ["-D", "-f", config], { stdio: "ignore" }));
  await until(
    `sshd of ${name}`,
    () =>
      new Promise<true | undefined>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => {
          socket.destroy();
          resolve(true);
        });
        socket.on("error", () => {
          resolve(undefined);
        });
      }),
    { seconds: 10, everyMs: 20 },
  );
  return { port, hostKey: publicKey(host), home, authorized };
}

const operator = makeKey("the operator's key");
const stranger = makeKey("stranger");
const stack = publicKey(makeKey("stack"));
let bastion: Server;
let machine: Server;
beforeAll(async () => {
  bastion = await serve("bastion", stranger);
  machine = await serve("machine", operator);
});
afterAll(() => {
  for (const server of servers) server.kill();
  rmSync(folder, { recursive: true });
});

/** What `machine/access.sh` answers, to the machine through the bastion. */
function grant(changes: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", shellScript("machine/access.sh")], {
    env: {
      ...{ PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder },
      ...{ MACHINE: "hub", HOST: "127.0.0.1", PORT: String(machine.port), SSH_USER: user },
      ...{ HOST_KEY: machine.hostKey, KEY_FILE: operator, PUBLIC_KEY: stack },
      ...{ BASTION_HOST: "127.0.0.1", BASTION_PORT: String(bastion.port), BASTION_USER: user },
      ...{ BASTION_HOST_KEY: bastion.hostKey, BASTION_KEY_FILE: stranger },
      ...changes,
    },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
const letIn = () => readFileSync(machine.authorized, "utf8");

test("it is let in once, beside whoever was, through the bastion with its own key", () => {
  const wanted = `${publicKey(operator)}\n${stack}\n`;
  expect(grant()).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(letIn()).toBe(wanted);
  expect(grant()).toMatchObject({ status: 0 });
  expect(letIn()).toBe(wanted);
  expect(readFileSync(bastion.authorized, "utf8")).toBe(publicKey(stranger));
});

test("another host key is refused, of the machine and of the bastion, without a second try", () => {
  const before = letIn();
  for (const changes of [{ HOST_KEY: bastion.hostKey }, { BASTION_HOST_KEY: machine.hostKey }]) {
    const { status, stderr } = grant({ ...changes, PUBLIC_KEY: publicKey(stranger) });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^hub: SSH as .* failed: .*erification failed/s);
  }
  expect(letIn()).toBe(before);
});

test("a key that is not let in is named, with what to do", () => {
  const { status, stderr } = grant({ KEY_FILE: stranger });
  expect(status).toBe(1);
  expect(stderr).toContain(`was refused with ${stranger}`);
  expect(stderr).toContain("pulumi config set --path semesterhub:hosts.keyFile FILE");
});

test("an agent's key is as good as a file's", async () => {
  const socket = join(folder, "agent");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  try {
    await until("the agent", () => Promise.resolve(existsSync(socket) ? true : undefined), {
      seconds: 10,
      everyMs: 20,
    });
    const without = { KEY_FILE: "", BASTION_HOST: "" };
    expect(grant({ ...without, SSH_AUTH_SOCK: socket })).toMatchObject({ status: 1 });
    spawnSync("ssh-add", ["-q", operator], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    expect(grant({ ...without, SSH_AUTH_SOCK: socket })).toMatchObject({ status: 0 });
  } finally {
    agent.kill();
  }
});

test("at the end it goes, and who was let in before stays", () => {
  const home = `getent() { echo "x:x:0:0::$HOME_OF:/bin/sh"; }\n`;
  const undo = (stubs = "") =>
    spawnSync("sh", ["-c", home + stubs + shellScript("machine/access-delete.sh")], {
      env: { PATH: process.env["PATH"] ?? "", HOME_OF: machine.home, PUBLIC_KEY: stack },
      encoding: "utf8",
    });
  const before = letIn();
  expect(before).toContain(stack);
  // A full disk, say: nobody would be let in any more.
  expect(undo("grep() { return 2; }\n")).toMatchObject({ status: 2 });
  expect(letIn()).toBe(before);
  expect(undo()).toMatchObject({ status: 0, stderr: "" });
  expect(letIn()).toBe(`${publicKey(operator)}\n`);
  expect(undo()).toMatchObject({ status: 0, stderr: "" });
});
