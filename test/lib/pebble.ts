import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { must, root } from "./semester";
import { until } from "./until";

const source = join(root, "test", "pebble");
const programs = ["pebble", "pebble-challtestsrv"] as const;

/** Builds Let's Encrypt's test server once for each version; answers the folder of its programs. */
async function build(): Promise<string> {
  const hash = createHash("sha256").update(readFileSync(join(source, "go.sum")));
  const folder = join(root, ".semesterhub", "pebble", hash.digest("hex").slice(0, 12));
  if (existsSync(folder)) return folder;
  const making = `${folder}.making`;
  mkdirSync(making, { recursive: true });
  const packages = programs.map((name) => `github.com/letsencrypt/pebble/v2/cmd/${name}`);
  await must("go", ["-C", source, "build", "-trimpath", "-o", making, ...packages], {
    env: { CGO_ENABLED: "0" },
  });
  renameSync(making, folder);
  return folder;
}

/** Below the ports that Linux gives to outgoing connections, any of which could take one meanwhile. */
const [lowest, highest] = [20_000, 32_000];

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** A port of this computer that nobody listens on. */
export async function freePort(): Promise<number> {
  const port = randomInt(lowest, highest);
  return (await isFree(port)) ? port : freePort();
}

/** What the authority is to be like. */
export interface PebbleOptions {
  /** A folder of the test's, for keys and logs. */
  readonly folder: string;
  /** The address that clients reach this computer by. */
  readonly address: string;
  /** Where it asks names; in the world this is 80. */
  readonly httpPort: number;
  readonly validitySeconds: number;
  readonly eab: { readonly keyId: string; readonly key: string };
}

/**
 * An ACME authority on this computer that forgets everything when it ends, and for which every name
 * leads to this computer. It knows its accounts beforehand.
 */
export class Pebble {
  private running: ChildProcess[] = [];
  private log = "";

  private constructor(
    private readonly bin: string,
    private readonly options: PebbleOptions,
    private readonly ports: Record<"directory" | "management" | "dns" | "names", number>,
  ) {}

  static async prepare(options: PebbleOptions): Promise<Pebble> {
    const [bin, directory, management, dns, names] = await Promise.all([
      build(),
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const { folder, address, httpPort, validitySeconds, eab } = options;
    const [key, certificate] = [join(folder, "pebble.key"), join(folder, "pebble.crt")];
    await must("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-subj", "/CN=pebble", "-addext", `subjectAltName=IP:${address}`],
      ...["-keyout", key, "-out", certificate],
    ]);
    const pebble = {
      listenAddress: `0.0.0.0:${directory}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate,
      privateKey: key,
      httpPort,
      tlsPort: 1,
      retryAfter: { authz: 1, order: 1 },
      externalAccountBindingRequired: true,
      externalAccountMACKeys: { [eab.keyId]: eab.key },
      keyAlgorithm: "ecdsa",
      profiles: { default: { description: "short-lived", validityPeriod: validitySeconds } },
    };
    writeFileSync(join(folder, "pebble.json"), JSON.stringify({ pebble }));
    return new Pebble(bin, options, { directory, management, dns, names });
  }

  get directory(): string {
    return `https://${this.options.address}:${this.ports.directory}/dir`;
  }

  /** Who signed the directory's own certificate. */
  get authority(): string {
    return readFileSync(join(this.options.folder, "pebble.crt"), "utf8");
  }

  /** The end of what it has said, for a person who looks for what went wrong. */
  get said(): string {
    return this.log.split("\n").slice(-30).join("\n");
  }

  /** How many certificates it has given away since it was prepared. */
  get issued(): number {
    return this.log.split("Issued certificate serial").length - 1;
  }

  async start(): Promise<void> {
    const { dns, names } = this.ports;
    this.run("pebble-challtestsrv", [
      ...["-dnsserver", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${names}`],
      ...["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""],
      ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""],
    ]);
    this.run("pebble", [
      ...["-config", join(this.options.folder, "pebble.json")],
      ...["-dnsserver", `127.0.0.1:${dns}`],
    ]);
    const mark = this.log.length;
    await until("pebble", () =>
      Promise.resolve(this.log.slice(mark).includes("ACME directory available") || undefined),
    );
  }

  async stop(): Promise<void> {
    const ending = this.running.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null) resolve();
          child.once("exit", () => {
            resolve();
          });
          child.kill();
        }),
    );
    this.running = [];
    await Promise.all(ending);
  }

  private run(program: (typeof programs)[number], args: readonly string[]): void {
    const child = spawn(join(this.bin, program), args, {
      stdio: ["ignore", "pipe", "pipe"],
      // Checks of a name begin at once. Of its own accord it refuses one nonce in twenty; certbot takes
      // two in a row for a failed attempt, and the test would fail once in a few dozen runs.
      env: { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.log += chunk.toString();
      });
    }
    this.running.push(child);
  }
}
