// A proxy with an ACME client, made by Pulumi on this computer's engine, and what stands for chp.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type PeerCertificate } from "node:tls";
import { WebSocketServer } from "ws";
import { portsOf } from "../../config/ports";
import { ensureTools } from "../../scripts/lib/pulumi/tools.mjs";
import type { Wanted } from "../acme";
import { bridgeAddress } from "./bridge";
import { courseImage } from "./images";
import { freePort, Pebble } from "./pebble";
import { exec, must, root } from "./semester";

const stack = "acme";
const name = `semesterhub-${stack}`;
const place = `/etc/semesterhub/${stack}`;
const domain = "course.example.net";
const eab = {
  keyId: "kid-1",
  key: "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
};

/** What `semesterhub-acme status` prints, as far as the test looks at it. */
export interface AcmeStatus {
  readonly certificate: { readonly serial: string } | null;
  readonly failures: number;
  readonly error: string | null;
}

export class AcmeBed {
  readonly proxy = `${name}-proxy`;
  readonly acme = `${name}-acme`;
  private chp: Server | undefined;

  private constructor(
    private readonly folder: string,
    private readonly wanted: Wanted,
    readonly pebble: Pebble,
    private readonly pulumi: { readonly program: string; readonly env: Record<string, string> },
  ) {}

  static async prepare(validitySeconds: number): Promise<AcmeBed> {
    const folder = mkdtempSync(join(tmpdir(), "semesterhub-acme-"));
    const [https, http, tools, proxy, acme, address] = await Promise.all([
      freePort(),
      freePort(),
      ensureTools({ root, log: () => undefined }),
      courseImage("proxy"),
      courseImage("acme"),
      bridgeAddress(),
    ]);
    const pebble = await Pebble.prepare({ folder, address, httpPort: http, validitySeconds, eab });
    const wanted: Wanted = {
      ...{ stack, domain, ports: { https, http }, upstream: address, images: { proxy, acme } },
      ...{ directory: pebble.directory, certificateAuthority: pebble.authority, eab },
    };
    const file = join(folder, "wanted.json");
    writeFileSync(file, JSON.stringify(wanted), { mode: 0o600 });
    return new AcmeBed(folder, wanted, pebble, {
      program: tools.pulumi,
      env: {
        ...tools.env,
        ACME_TEST: file,
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "of a test",
        PULUMI_CONFIG_FILE: join(folder, "config.yaml"),
      },
    });
  }

  /** Makes proxy and client, and starts what stands for chp. */
  async up(): Promise<void> {
    await this.clear();
    await this.run("stack", "init", stack);
    await this.run("up", "--yes", "--skip-preview", "--stack", stack);
    const { stdout } = await this.run("stack", "output", "--json", "--show-secrets");
    const { chp } = JSON.parse(stdout) as { chp: { certificate: string; key: string } };
    this.chp = createServer({ cert: chp.certificate, key: chp.key }, (_, response) => {
      // A download that goes on until its reader has enough.
      const timer = setInterval(() => response.write("x".repeat(4096)), 100);
      response.on("close", () => {
        clearInterval(timer);
      });
    });
    new WebSocketServer({ server: this.chp }).on("connection", (socket) => {
      socket.on("message", (data) => {
        socket.send(data);
      });
    });
    await new Promise<void>((resolve) => {
      this.chp?.listen(portsOf().chp, this.wanted.upstream, resolve);
    });
  }

  /** A preview must find nothing to change. */
  async previewIsClean(): Promise<void> {
    await this.run("preview", "--expect-no-changes", "--stack", stack);
  }

  async down(): Promise<void> {
    this.chp?.closeAllConnections();
    this.chp?.close();
    await this.pebble.stop();
    await exec(this.pulumi.program, this.words("destroy", "--yes", "--skip-preview"), {
      env: this.pulumi.env,
    });
    await this.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return `https://127.0.0.1:${this.wanted.ports.https}`;
  }

  /** How a browser asks for the course by its name. */
  get asBrowser(): { servername: string; headers: { host: string }; rejectUnauthorized: false } {
    return { servername: domain, headers: { host: domain }, rejectUnauthorized: false };
  }

  /** The certificate that browsers are shown. */
  async served(): Promise<PeerCertificate> {
    return new Promise((resolve, reject) => {
      const socket = connect(
        { port: this.wanted.ports.https, servername: domain, rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerCertificate());
          socket.end();
        },
      );
      socket.on("error", reject);
    });
  }

  async status(): Promise<AcmeStatus> {
    const { stdout } = await must("docker", ["exec", this.acme, "semesterhub-acme", "status"]);
    return JSON.parse(stdout) as AcmeStatus;
  }

  /** What the client and the authority have said last. */
  async said(): Promise<string> {
    const { stdout, stderr } = await exec("docker", ["logs", "--tail", "40", this.acme]);
    return `The client:\n${stdout}${stderr}\nThe authority:\n${this.pebble.said}`;
  }

  /** When a container was started, and how often again. */
  async startOf(container: string): Promise<string> {
    const format = "{{.State.StartedAt}} {{.RestartCount}}";
    return (await must("docker", ["inspect", "--format", format, container])).stdout.trim();
  }

  private words(...words: string[]): string[] {
    const target = words[0] === "stack" || words.includes("--stack") ? [] : ["--stack", stack];
    return [...words, ...target, "--non-interactive", "--cwd", join(root, "test", "acme")];
  }

  private async run(...words: string[]): ReturnType<typeof must> {
    return must(this.pulumi.program, this.words(...words), {
      env: this.pulumi.env,
      show: process.env["SHOW"] !== undefined && words[0] === "up",
    });
  }

  /** Removes what this or an interrupted run left. */
  private async clear(): Promise<void> {
    await exec("docker", ["rm", "--force", this.proxy, this.acme]);
    rmSync(place, { recursive: true, force: true });
  }
}
