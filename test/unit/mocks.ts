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
  engine: () =>
    JSON.stringify({
      host: "unix:///run/engine.sock",
      socket: "/run/engine.sock",
      socketGroup: "998",
    }),
  tree: ({ STORAGE = "" }) => STORAGE,
  mount: ({ MOUNT = "" }) => MOUNT,
  hostkey: () => "ssh-ed25519 AAAA",
};

/** A script's environment: an input on this computer, on standard input over SSH. */
export function environmentOf({ environment, stdin }: Inputs): Record<string, string> {
  if (environment !== undefined) return environment as Record<string, string>;
  const lines = typeof stdin === "string" ? stdin.matchAll(/^environment (\w+) (\S*)$/gm) : [];
  return Object.fromEntries(
    [...lines].map(([, variable = "", value = ""]) => [
      variable,
      Buffer.from(value, "base64").toString(),
    ]),
  );
}

const command: Mock = (name, inputs) => ({
  id: `${name}-id`,
  outputs: {
    stdout: printed[name.split("-").at(-1) ?? ""]?.(environmentOf(inputs)) ?? "",
    stderr: "",
  },
});

export const mocks: Readonly<Record<string, Mock>> = {
  ...openstackMocks,
  "command:remote:Command": command,
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
export const calls = openstackCalls;

/** Outputs that a provider's own schema calls secret, whatever the program says. */
export const secretOutputs: Readonly<Record<string, readonly string[]>> = {
  "random:index/randomBytes:RandomBytes": ["hex", "base64"],
  "random:index/randomPassword:RandomPassword": ["result", "bcryptHash"],
  "openstack:identity/applicationCredential:ApplicationCredential": ["secret"],
  "tls:index/privateKey:PrivateKey": ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
};
