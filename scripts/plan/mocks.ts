/**
 * What providers answer under test: for each type of resource that the program may declare, the
 * outputs beyond its inputs. A type that isn't here fails the test that declares it.
 *
 * A mock can't prove that a provider accepts the inputs; the deploy tests do that.
 */

import { openstackCalls, openstackMocks } from "./mocksOpenstack";

/** A resource's inputs in plain values. */
export type Inputs = Readonly<Record<string, unknown>>;

interface Answer {
  readonly id: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export type Mock = (name: string, inputs: Inputs) => Answer;

const hex = (length: number) => "0123456789abcdef".repeat(Math.ceil(length / 8)).slice(0, length);

/** Docker objects take their name from the inputs, or an automatic one. */
const docker =
  (outputs: Record<string, unknown> = {}): Mock =>
  (name, inputs) => ({
    id: `${name}-id`,
    outputs: { name: inputs.name ?? `${name}-1a2b3c4`, ...outputs },
  });

const pem = (heading: string) => `-----BEGIN ${heading}-----\nAAAA\n-----END ${heading}-----\n`;

const certificate: Mock = (name) => ({
  id: `${name}-id`,
  outputs: { certPem: pem("CERTIFICATE"), validityEndTime: "2027-01-01T00:00:00Z" },
});

/** What the scripts of components/shell print, as far as the program reads it. */
const printed: Readonly<Record<string, (environment: Record<string, string>) => string>> = {
  hostkey: ({ HOST = "" }) =>
    `ssh-ed25519 ${Buffer.from(`host key of ${HOST}`).toString("base64")}\n`,
  engine: ({ HOST = "unix:///run/engine.sock" }) =>
    JSON.stringify({
      host: HOST,
      socket: "/run/engine.sock",
      socketGroup: "998",
      ipv6: true,
    }),
  gpus: ({ GPUS = "" }) =>
    JSON.stringify(Array.from({ length: Number(GPUS) }, (_, i) => `GPU-${i}`)),
  tree: ({ STORAGE = "" }) => STORAGE,
  "hub-database": ({ FOLDER = "" }) => FOLDER,
  "statistics-database": ({ FOLDER = "" }) => FOLDER,
  "monitoring-records": ({ FOLDER = "" }) => FOLDER,
  mount: ({ MOUNT = "" }) => MOUNT,
  swarm: () => "the-swarms-id",
  "join-token": () => `SWMTKN-1-${hex(32)}`,
  join: ({ ADVERTISE = "" }) => `node-at-${ADVERTISE}`,
  forward: ({ FORWARD = "", FIRST = "" }) => String(Number(FIRST) + forwardOf(FORWARD)),
  "proxy-folder": ({ FOLDER = "" }) => FOLDER,
  pull: ({ THERE = "" }) => `${THERE}@sha256:digest\n`,
  "acme-folder": ({ FOLDER = "" }) => FOLDER,
};

/** The port of a machine's forward, counted from the first: machines are prepared in this order here. */
function forwardOf(forward: string): number {
  const [, node] = /-node-(\d+)$/.exec(forward) ?? [];
  if (node !== undefined) return Number(node) + 1;
  return ["proxy", "hub", "storage"].findIndex((name) => forward.endsWith(`-${name}`)) % 2;
}

/** A script's name ends with what it is about, and with the node's where each has one. */
const prints = (name: string, environment: Record<string, string>) => {
  const known = Object.keys(printed).find((thing) =>
    new RegExp(`(^|-)${thing}(-[a-z]+(-\\d+)?)?$`).test(name),
  );
  return {
    id: `${name}-id`,
    outputs: { stdout: printed[known ?? ""]?.(environment) ?? "", stderr: "" },
  };
};

const command: Mock = (name, { environment = {} }) =>
  prints(name, environment as Record<string, string>);

/** What travels on SSH's standard input, taken apart as `remote/loader.sh` does. */
export function unpacked(stdin: unknown) {
  const decode = (text = "") => Buffer.from(text, "base64").toString();
  const [head = "", ...rest] = String(stdin).split("\nstdin\n");
  const [loader, ...lines] = head.split("\n");
  const words = lines.map((line) => line.split(" "));
  const script = (phase: string) => decode(words.find(([word]) => word === phase)?.[1]);
  return {
    loader: decode(loader),
    environment: Object.fromEntries(
      words
        .filter(([word]) => word === "environment")
        .map(([, variable = "", value]) => [variable, decode(value)]),
    ) as Record<string, string>,
    create: script("create"),
    delete: script("delete"),
    stdin: rest.join("\nstdin\n"),
  };
}

const remoteCommand: Mock = (name, { stdin, environment }) =>
  prints(name, (environment as Record<string, string> | undefined) ?? unpacked(stdin).environment);

export const mocks: Readonly<Record<string, Mock>> = {
  ...openstackMocks,
  "pulumi:providers:docker": (name) => ({ id: `${name}-id`, outputs: {} }),
  "docker:index/network:Network": docker(),
  "docker:index/service:Service": docker(),
  "docker:index/container:Container": docker(),
  "docker:index/secret:Secret": docker(),
  "docker:index/serviceConfig:ServiceConfig": docker(),
  "docker:index/image:Image": (name, inputs) => ({
    id: `${name}-id`,
    outputs: {
      baseImageName: inputs.imageName,
      repoDigest: `sha256:${hex(64)}`,
    },
  }),
  "command:local:Command": command,
  "command:remote:Command": remoteCommand,
  "random:index/randomBytes:RandomBytes": (name, { length }) => ({
    id: `${name}-id`,
    outputs: { hex: hex(2 * Number(length)), base64: "AAAA" },
  }),
  "random:index/randomPassword:RandomPassword": (name, { length }) => ({
    id: `${name}-id`,
    outputs: { result: "p".repeat(Number(length)), bcryptHash: "$2a$10$" },
  }),
  "tls:index/privateKey:PrivateKey": (name) => ({
    id: `${name}-id`,
    outputs: {
      privateKeyPem: pem("PRIVATE KEY"),
      privateKeyPemPkcs8: pem("PRIVATE KEY"),
      privateKeyOpenssh: pem("PRIVATE KEY"),
      publicKeyOpenssh: "ssh-ed25519 AAAA\n",
      publicKeyPem: pem("PUBLIC KEY"),
    },
  }),
  "tls:index/selfSignedCert:SelfSignedCert": certificate,
  "tls:index/locallySignedCert:LocallySignedCert": certificate,
  "tls:index/certRequest:CertRequest": (name) => ({
    id: `${name}-id`,
    outputs: { certRequestPem: pem("CERTIFICATE REQUEST") },
  }),
};

/** What providers answer when they are asked in every preview. */
export const calls: typeof openstackCalls = {
  ...openstackCalls,
  // No stack is there yet.
  "pulumi:pulumi:readStackResourceOutputs": () => ({ outputs: {} }),
};

/** Outputs that a provider's own schema calls secret, whatever the program says. */
export const secretOutputs: Readonly<Record<string, readonly string[]>> = {
  "random:index/randomBytes:RandomBytes": ["hex", "base64"],
  "random:index/randomPassword:RandomPassword": ["result", "bcryptHash"],
  "openstack:identity/applicationCredential:ApplicationCredential": ["secret"],
  "tls:index/privateKey:PrivateKey": ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
};
