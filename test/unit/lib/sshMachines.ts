/** Machines of the platform `hosts` for their tests, reached through a bastion. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateAuthority } from "../../../components/certificateAuthority";
import { createPlatform } from "../../../components/machines";
import { loadConfig } from "../../../config";
import { valid } from "./configHelp";
import { machinesOf, owned } from "./machinesOf";
import { runProgram, type Program, type Registration } from "./harness";

const key = "-----BEGIN PRIVATE KEY-----\nthe operator's own\n-----END PRIVATE KEY-----\n";

export const address = (last: number) => `203.0.113.${last}`;
export const internal = (last: number) => `10.0.5.${last}`;
export const machine = (last: number, more: object = {}) => ({
  address: address(last),
  internalAddress: internal(last),
  ...more,
});

/** The machines alone, with what others run on them. */
export async function run(
  nodes: number,
  changes: object = {},
  preview = false,
  others: object = {},
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
  const keyFile = join(folder, "key");
  writeFileSync(keyFile, key);
  const hosts = {
    keyFile,
    proxy: machine(10),
    hub: machine(11, { user: "debian", port: 2222 }),
    nodes: Array.from({ length: nodes }, (_, index) =>
      machine(20 + index, { name: `node-${index + 1}` }),
    ),
    adminCidrs: ["198.51.100.0/24", "192.0.2.7/32"],
    ...changes,
  };
  const program = await runProgram({
    config: { ...valid.hosts, hosts, ...others },
    preview,
    entry: () => {
      const config = loadConfig();
      const authority = new CertificateAuthority("authority", { stack: config.stack });
      const machines = machinesOf(createPlatform(config, authority));
      machines.hub.run("later", {
        create: "storage/tree.sh",
        environment: { STORAGE: "/srv" },
      });
      machines.hub.file("secret", { path: "/srv/x", content: "plain" });
      return { names: [machines.hub, ...machines.nodes].map(({ name }) => name) };
    },
  });
  rmSync(folder, { recursive: true });
  return program;
}

export const remote = "command:remote:Command";
export const steps = ["hostkey", "access", "login", "base", "docker", "tls", "forward", "engine"];
export const step = (program: Program, name: string, what: string) =>
  program.byName(`${owned(name)}-${what}`);
export const connection = ({ inputs }: Registration) =>
  inputs.connection as Record<string, unknown>;
export const hostKey = (of: string) =>
  `ssh-ed25519 ${Buffer.from(`host key of ${of}`).toString("base64")}`;

/** Whether one resource waits for another, by whatever way. */
export function waits(program: Program, one: Registration, other: Registration): boolean {
  const seen = new Set<string>();
  const visit = (urn: string): boolean => {
    if (urn === other.urn) return true;
    if (seen.has(urn)) return false;
    seen.add(urn);
    const found = program.resources.find((resource) => resource.urn === urn);
    return (found?.dependencies ?? []).some(visit);
  };
  return one.dependencies.some(visit);
}
