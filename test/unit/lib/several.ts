// Looking at what the program declares where a course has machines of its own.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeMachines } from "./fakeMachines";
import { prod } from "./prod";
import { runProgram, type Program, type Registration } from "./harness";

const service = "docker:index/service:Service";
const command = "command:remote:Command";

/** Where the campus has the files: machines that exist, and a folder that each of them has. */
export function onCampus() {
  const keyFile = join(mkdtempSync(join(tmpdir(), "semesterhub-")), "key");
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  return {
    platform: "hosts",
    openstack: undefined,
    backup: { target: "file:///srv/backups" },
    storage: { path: "/campus/course", shared: true },
    hosts: {
      keyFile,
      proxy: { address: "203.0.113.10" },
      hub: { address: "203.0.113.11" },
      nodes: [],
      adminCidrs: ["198.51.100.0/24"],
    },
  };
}

const programs = new Map<string, Promise<Program>>();

/** The program with so many nodes, declared once: nobody changes it. */
export function run(count: number, changes: object = {}): Promise<Program> {
  const key = JSON.stringify([count, changes]);
  const known = programs.get(key);
  if (known) return known;
  const config = { ...prod, ...changes };
  const made = runProgram({ stack: "prod", config, machines: fakeMachines(count) });
  programs.set(key, made);
  return made;
}

/**
 * Finds things in a program, by default in one that is there only when tests run.
 */
export function looking(usual: () => Program) {
  const find = (thing: string, type?: string, from = usual()): Registration =>
    from.byName(thing, type);
  const environment = (thing: string, from = usual()) =>
    find(thing, command, from).inputs.environment as Readonly<Record<string, string>>;
  const taskSpec = (thing: string, from = usual()) =>
    find(thing, service, from).inputs.taskSpec as {
      readonly placement?: { readonly constraints: readonly string[] };
      readonly containerSpec: {
        readonly image: string;
        readonly env: Readonly<Record<string, string>>;
        readonly groups?: readonly string[];
        readonly capAdds?: readonly string[];
        readonly mounts: readonly {
          readonly type: string;
          readonly target: string;
          readonly source?: string;
        }[];
        readonly secrets: readonly { readonly fileName: string; readonly fileUid: string }[];
      };
    };
  const settings = (from = usual()) => {
    const { data } = find("hub-settings", undefined, from).inputs;
    return JSON.parse(Buffer.from(String(data), "base64").toString()) as {
      readonly constraints?: readonly string[];
      readonly notebook: { readonly image: string };
      readonly publicUrl: string;
      readonly homesUrl: string;
      readonly keepsDatabase: boolean;
    };
  };
  /** Whether a resource waits for another, directly or through others. */
  function waitsFor(resource: Registration, urn: string, from = usual()): boolean {
    const seen = new Set<string>();
    const queue = [resource];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const dependency of [...next.dependencies, next.provider.replace(/::[^:]*$/, "")]) {
        if (dependency === urn) return true;
        if (seen.has(dependency)) continue;
        seen.add(dependency);
        queue.push(...from.resources.filter((other) => other.urn === dependency));
      }
    }
    return false;
  }
  return { find, environment, taskSpec, settings, waitsFor };
}
