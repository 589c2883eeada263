// @ts-check
// A registry on this computer, for machines that reach no other: TLS by an authority of its own, and
// nobody has to log in.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../../scripts/lib/run.mjs";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".semesterhub", "openstack", "registry");
const name = "semesterhub-test-openstack-registry";
const port = 5050;

/** The authority that its certificate is from. */
export const registryAuthority = join(folder, "ca.crt");

/** @param {string} host */
export const registryServer = (host) => `${host}:${String(port)}`;

/**
 * Starts it, if it doesn't run, and makes this computer's engine trust it.
 * @param {string} host the address that it listens on
 */
export async function registryUp(host) {
  const server = registryServer(host);
  mkdirSync(folder, { recursive: true });
  // The container has a user of its own.
  chmodSync(folder, 0o755);
  const fresh = !existsSync(registryAuthority);
  if (fresh) await makeCertificates(host);
  await trust(server);
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

/** Stops it and removes what it kept. */
export async function registryDown() {
  await run("docker", ["rm", "--force", name]);
  await run("docker", ["volume", "rm", name]);
}

/** @param {string} server */
const settings = (server) => `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: /srv/registry } }
http:
  addr: ${server}
  tls: { certificate: /etc/registry/server.crt, key: /etc/registry/server.key }
`;

/** @param {string} host */
async function makeCertificates(host) {
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
  await must("mv", [at("new-ca.crt"), registryAuthority], { doing });
}

/**
 * The engine reads it at each push.
 * @param {string} server
 */
async function trust(server) {
  const place = join("/etc/docker/certs.d", server);
  mkdirSync(place, { recursive: true });
  await must("cp", [registryAuthority, join(place, "ca.crt")], { doing: "Trusting the registry" });
}
