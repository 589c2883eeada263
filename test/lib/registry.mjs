// @ts-check
// A registry on this computer, for machines that reach no other: TLS by an authority of its own, and
// nobody has to log in.
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../../scripts/lib/command/run.mjs";

const root = join(import.meta.dirname, "..", "..");
const port = 5050;

/**
 * A registry of a test bed.
 * @typedef {object} Registry
 * @property {string} name its container's, and its volume's
 * @property {string} host the address that it listens on
 * @property {string} server host and port
 * @property {string} folder
 * @property {string} authority the file with the authority that its certificate is from
 */

/**
 * What the registry of a bed is, whether it is up or not.
 * @param {string} bed
 * @param {string} host
 * @param {string} folder
 * @returns {Registry}
 */
export function planRegistry(bed, host, folder) {
  return {
    name: `semesterhub-test-${bed}-registry`,
    host,
    server: `${host}:${String(port)}`,
    folder,
    authority: join(folder, "ca.crt"),
  };
}

/**
 * Starts it, if it doesn't run, and makes this computer's engine trust it.
 * @param {Registry} registry
 */
export async function registryUp(registry) {
  const { name, server, folder, authority } = registry;
  mkdirSync(folder, { recursive: true });
  // The container has a user of its own.
  chmodSync(folder, 0o755);
  const fresh = !existsSync(authority);
  if (fresh) await makeCertificates(registry);
  await trust(registry);
  const running = await run("docker", ["inspect", "--format", "{{.State.Running}}", name]);
  if (!fresh && running.stdout.trim() === "true") return;
  writeFileSync(join(folder, "registry.yml"), settings(server));
  await must("docker", ["build", "--quiet", "--tag", name, join(root, "images", "registry")], {
    doing: "Building the registry",
  });
  await run("docker", ["rm", "--force", name]);
  const words = [
    ...["run", "--detach", "--name", name, "--network", "host", "--user", "0:0"],
    ...["--volume", `${folder}:/etc/registry:ro`, "--volume", `${name}:/srv/registry`, name],
    ...["docker-registry", "serve", "/etc/registry/registry.yml"],
  ];
  await must("docker", words, { doing: "Starting the registry" });
}

/**
 * Stops it and removes what it kept.
 * @param {Registry} registry
 */
export async function registryDown({ name, server, folder }) {
  await run("docker", ["rm", "--force", name]);
  await run("docker", ["volume", "rm", name]);
  rmSync(trustedIn(server), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} server */
const settings = (server) => `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: /srv/registry } }
http:
  addr: ${server}
  tls: { certificate: /etc/registry/server.crt, key: /etc/registry/server.key }
`;

/** @param {Registry} registry */
async function makeCertificates({ host, folder, authority }) {
  const doing = "Making the registry's certificate";
  const at = (/** @type {string} */ file) => join(folder, file);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365"];
  writeFileSync(at("server.ext"), `subjectAltName=IP:${host}\n`);
  const steps = [
    [
      ...["req", "-x509", ...key, "-subj", "/CN=semesterhub test registry"],
      ...["-keyout", at("ca.key"), "-out", at("new-ca.crt")],
    ],
    [
      ...["req", ...key.slice(0, -2), "-subj", `/CN=${host}`],
      ...["-keyout", at("server.key"), "-out", at("server.csr")],
    ],
    [
      ...["x509", "-req", "-in", at("server.csr"), "-CA", at("new-ca.crt"), "-CAkey", at("ca.key")],
      ...["-CAcreateserial", "-days", "365", "-extfile", at("server.ext")],
      ...["-out", at("server.crt")],
    ],
  ];
  for (const step of steps) await must("openssl", step, { doing });
  // Last: it says that all of them are there.
  await must("mv", [at("new-ca.crt"), authority], { doing });
}

/** @param {string} server */
const trustedIn = (server) => join("/etc/docker/certs.d", server);

/**
 * The engine reads it at each push.
 * @param {Registry} registry
 */
async function trust({ server, authority }) {
  const place = trustedIn(server);
  mkdirSync(place, { recursive: true });
  await must("cp", [authority, join(place, "ca.crt")], { doing: "Trusting the registry" });
}
