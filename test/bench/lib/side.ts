// What both sides have: a folder, networks, secrets, and a chp whose port is open to this computer.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HubUser } from "../../lib/hubUser";
import { Session } from "../../lib/http";
import { until } from "../../lib/until";
import { certificate } from "./certificates";
import { container, docker } from "./engine";
import type { Images } from "./images";
import { prefix } from "./names";

/** One of the two hubs that are measured. */
export interface Hub {
  readonly side: "ours" | "stock";
  /** Where users reach it: chp's or nginx's port on this computer. */
  readonly origin: string;
  readonly authority: string;
  readonly password: string;
  /** What the names of students' services start with. */
  readonly students: string;
  user(name: string): HubUser;
}

/** What a server is started with. */
export interface Server {
  readonly image: string;
  /** Stock's command; ours is the image's own. */
  readonly stockCommand: string;
}

/** Folders that sides made, with files in them that belong to students. */
const folders: string[] = [];

/** Removes the sides' folders, by way of a container: what students own, only root may remove. */
export async function removeFolders(image: string): Promise<void> {
  for (const folder of folders.splice(0)) {
    await docker([
      ...["run", "--rm", "--user", "0:0", "--network", "none", "--volume", `${folder}:/f`],
      ...[image, "find", "/f", "-mindepth", "1", "-delete"],
    ]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it takes to start one of the two hubs. */
export class Side {
  readonly folder = mkdtempSync(join(tmpdir(), `${prefix}-`));
  readonly password = randomBytes(12).toString("hex");
  readonly token = randomBytes(32).toString("hex");
  authority = "";

  constructor(
    readonly side: "ours" | "stock",
    readonly images: Images,
    /** This computer's address on which the hub is reached. */
    readonly host: string,
  ) {
    // Containers' users pass through to the folders that are theirs.
    chmodSync(this.folder, 0o711);
    folders.push(this.folder);
  }

  name(thing: string): string {
    return `${prefix}-${this.side}-${thing}`;
  }

  /** A folder that a container reads whole. */
  shared(name: string, files: Record<string, string>): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { mode: 0o755 });
    for (const [file, content] of Object.entries(files)) {
      writeFileSync(join(folder, file), content, { mode: 0o444 });
    }
    return folder;
  }

  async network(thing: string, subnet: string): Promise<string> {
    const name = this.name(thing);
    const kind = ["--driver", "overlay", "--attachable", "--subnet", subnet];
    await docker(["network", "create", ...kind, name]);
    return name;
  }

  /** Starts chp on its control network and others, and gives its address on this computer. */
  async chp(control: string, subnet: string, others: readonly string[]): Promise<string> {
    const { key, crt } = await certificate(this.folder, this.host);
    this.authority = readFileSync(crt, "utf8");
    const secrets = this.shared("chp", {
      "proxy-token": this.token,
      "chp-cert": this.authority,
      "chp-key": readFileSync(key, "utf8"),
    });
    const name = this.name("chp");
    await docker([
      ...["create", "--name", name, "--network", control, "--network-alias", "chp"],
      ...["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"],
      ...["--publish", `${this.host}::8000`, "--volume", `${secrets}:/run/secrets:ro`],
      ...["--env", `CONTROL_SUBNET=${subnet}`, "--env", "LOG_LEVEL=warn", this.images.chp],
    ]);
    for (const other of others) await docker(["network", "connect", other, name]);
    await docker(["start", name]);
    return this.origin(name, 8000);
  }

  /** The address on this computer of a container's published port. */
  async origin(name: string, port: number): Promise<string> {
    const published = await docker(["port", name, String(port)]);
    return `https://${this.host}:${published.split(":").pop() ?? ""}`;
  }

  /** The words that give a service its secrets, readable by one user. */
  async secrets(user: number, values: Record<string, string>): Promise<string[]> {
    const words: string[] = [];
    for (const [file, value] of Object.entries(values)) {
      const name = this.name(file);
      await docker(["secret", "create", name, "-"], value);
      const owner = `uid=${String(user)},gid=${String(user)},mode=0400`;
      words.push("--secret", `source=${name},target=${file},${owner}`);
    }
    return words;
  }

  /** The words that give a service a file that is not secret. */
  async config(file: string, content: string): Promise<string[]> {
    const name = this.name(file.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, ""));
    await docker(["config", "create", name, "-"], content);
    return ["--config", `source=${name},target=${file}`];
  }

  async service(thing: string, image: string, words: readonly string[], command: string[] = []) {
    const common = ["--detach", "--quiet", "--no-resolve-image", "--endpoint-mode", "dnsrr"];
    const name = this.name(thing);
    await docker(["service", "create", ...common, "--name", name, ...words, image, ...command]);
    await container(name);
  }

  /** The words that let a service's process talk to the engine. */
  engineSocket(): string[] {
    const socket = "/var/run/docker.sock";
    const group = String(statSync(socket).gid);
    return ["--mount", `type=bind,source=${socket},target=${socket}`, "--group", group];
  }

  /** The hub at an address, once it answers. */
  async ready(origin: string): Promise<Hub> {
    const session = new Session(origin, this.authority);
    await until(
      `${this.side}'s hub`,
      async () => ((await session.ask("/hub/api/")).status === 200 ? true : undefined),
      { seconds: 180 },
    );
    const { authority, password, side } = this;
    return {
      ...{ side, origin, authority, password },
      students: this.name("student"),
      user: (name) => new HubUser(origin, authority, name, password),
    };
  }
}
