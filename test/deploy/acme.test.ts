// A certificate of a real ACME authority (Let's Encrypt's test server), with certificates that last 30 s.
import { once } from "node:events";
import { request } from "node:https";
import WebSocket from "ws";
import { AcmeBed } from "../lib/acmeBed";
import { must } from "../lib/semester";
import { until } from "../lib/until";

let bed: AcmeBed;
let started: string;
let socket: WebSocket | undefined;
let socketEnd: string | undefined;
/** The bytes of a download that began before the first renewal, and why it ended. */
const download: { bytes: number; end?: string } = { bytes: 0 };

beforeAll(async () => {
  bed = await AcmeBed.prepare(30);
  await bed.up();
  started = await bed.startOf(bed.proxy);
});
afterAll(async () => {
  socket?.terminate();
  await bed.down();
});

const serial = async (): Promise<string> => (await bed.served()).serialNumber;
const issuer = async (): Promise<unknown> => (await bed.served()).issuer.CN;

/** Waits until browsers are shown another certificate than `before`; tells why none came. */
async function another(before: string): Promise<string> {
  try {
    return await until(
      "another certificate",
      async () => {
        const now = await serial();
        return now === before ? undefined : now;
      },
      { seconds: 120 },
    );
  } catch (error) {
    throw new Error(`No certificate came.\n${await bed.said()}`, { cause: error });
  }
}

async function echo(text: string): Promise<string> {
  const open = socket;
  if (open === undefined) throw new Error("the websocket was never opened");
  const answer = once(open, "message", { signal: AbortSignal.timeout(5000) });
  open.send(text);
  const [data] = (await answer) as [Buffer];
  return data.toString();
}

test("before there is a certificate, nginx serves the stack's own, and says what is missing", async () => {
  expect(await issuer()).toBe("semesterhub-acme authority");
  const { error, failures } = await until("a failed attempt", async () => {
    const status = await bed.status();
    return status.failures > 0 ? status : undefined;
  });
  expect(error).toMatch(/Connection refused|Max retries/);
  expect(failures).toBe(1);
});

test("the certificate is served without a restart, after the account's proof to a known authority", async () => {
  const before = await serial();
  await bed.pebble.start();
  // What `up` does when somebody has seen to what was wrong.
  await must("docker", ["exec", bed.acme, "semesterhub-acme", "now"]);
  await another(before);
  expect(await issuer()).toMatch(/^Pebble Intermediate/);
  expect((await bed.served()).subjectaltname).toBe("DNS:course.example.net");
  expect(await bed.status()).toMatchObject({ error: null, failures: 0 });

  const opened = new WebSocket(`${bed.url}/user/ada/ws`, bed.asBrowser);
  socket = opened;
  opened.on("close", (code) => (socketEnd = `closed: ${code}`));
  await new Promise((resolve, reject) => opened.once("open", resolve).once("error", reject));
  request(`${bed.url}/user/ada/download`, bed.asBrowser, (response) => {
    response.on("data", (chunk: Buffer) => (download.bytes += chunk.length));
    response.on("close", () => (download.end = "closed"));
  }).end();
});

test("a new container asks for nothing that is there", async () => {
  const { issued } = bed.pebble;
  const before = await serial();
  await must("docker", ["restart", bed.acme]);
  await until("the client", async () => (await bed.status()).certificate ?? undefined);
  expect(await serial()).toBe(before);
  expect(bed.pebble.issued).toBe(issued);
});

test("a renewal drops no websocket and no download", async () => {
  const before = await serial();
  await another(before);
  const { bytes } = download;
  expect(await echo("still here")).toBe("still here");
  await until("more of the download", () =>
    Promise.resolve(download.bytes > bytes + 4096 || undefined),
  );
  expect([socketEnd, download.end]).toEqual([undefined, undefined]);
});

test("while the authority is away, the certificate is served on, and asked for again", async () => {
  await bed.pebble.stop();
  const before = await serial();
  const { failures } = await until("two failed attempts", async () => {
    const status = await bed.status();
    return status.failures >= 2 ? status : undefined;
  });
  expect(failures).toBeGreaterThanOrEqual(2);
  expect(await serial()).toBe(before);
  // It comes back without a memory: the account is made anew, too.
  await bed.pebble.start();
  await another(before);
  expect(await bed.status()).toMatchObject({ error: null, failures: 0 });
});

test("all that without a restart of nginx, and nothing secret in its sight", async () => {
  expect(await bed.startOf(bed.proxy)).toBe(started);
  expect(await echo("to the end")).toBe("to the end");
  const look = ["cat /etc/semesterhub/acme/settings.json", "ls /etc/semesterhub/acme/state"];
  for (const command of look) {
    await expect(must("docker", ["exec", bed.proxy, "sh", "-c", command])).rejects.toThrow(
      "Permission denied",
    );
  }
  await bed.previewIsClean();
});
