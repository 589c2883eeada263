/**
 * What no stack may do. One source for `pulumi preview --policy-pack policy` and for the golden plans'
 * check, which holds every example against the same rules.
 */
import {
  list,
  runs,
  text,
  tree,
  type PolicyResource,
  type ResourceRule,
  type StackRule,
} from "./resource";

/** Ports on which a Docker engine answers to whoever asks, plain and with TLS. */
const enginePorts = [2375, 2376];

const isType = (resource: PolicyResource, type: string) => resource.type === type;

const noPublishedEngine: ResourceRule = {
  name: "no-published-engine-port",
  description: "A Docker engine is reached with mutual TLS, by the course's own machines alone.",
  check: (resource) => {
    const problems = (runs(resource)?.ports ?? [])
      .filter((port) => enginePorts.includes(port))
      .map((port) => `publishes ${port}, an engine's port`);
    if (isType(resource, "pulumi:providers:docker")) {
      const { host, certMaterial, keyMaterial, caMaterial } = resource.inputs;
      const keys = [certMaterial, keyMaterial, caMaterial];
      const plain =
        text(host).startsWith("tcp://") && keys.some((key) => key === "" || key === null);
      // Unknown in a preview is undefined; a missing key is no property at all.
      const missing = ["certMaterial", "keyMaterial", "caMaterial"].some(
        (key) => !(key in resource.inputs),
      );
      if (plain || (text(host).startsWith("tcp://") && missing)) {
        problems.push("reaches an engine over TCP without mutual TLS");
      }
    }
    if (isType(resource, "openstack:networking/secGroupRule:SecGroupRule")) {
      const { direction, remoteIpPrefix, portRangeMin, portRangeMax } = resource.inputs;
      const [first, last] = [Number(portRangeMin ?? 0), Number(portRangeMax ?? 65_535)];
      const open = direction === "ingress" && /^(0\.0\.0\.0|::)\/0$/.test(text(remoteIpPrefix));
      if (open && enginePorts.some((port) => first <= port && port <= last)) {
        problems.push("opens an engine's port to everybody");
      }
    }
    return problems;
  },
};

const capabilitiesDropped: ResourceRule = {
  name: "capabilities-dropped",
  description: "Every container drops all capabilities and gets back the few that it names.",
  check: (resource) => {
    const own = runs(resource);
    return own && !own.drops.includes("ALL") ? ["does not drop ALL capabilities"] : [];
  },
};

const readOnlyRoot: ResourceRule = {
  name: "read-only-root",
  description: "Every container's root is read-only.",
  check: (resource) => {
    const own = runs(resource);
    return own && own.readOnly !== true ? ["has a root that can be written"] : [];
  },
};

const memoryLimit: ResourceRule = {
  name: "memory-limit",
  description: "Every container has a memory limit, so that none takes a machine down.",
  check: (resource) => {
    const own = runs(resource);
    return own && !(Number(own.memory) > 0) ? ["has no memory limit"] : [];
  },
};

const pinnedImage: ResourceRule = {
  name: "pinned-image",
  description: "An image is named by digest, or by a tag that is the hash of its content.",
  check: (resource) => {
    const image = runs(resource)?.image ?? "";
    // Unknown until it is pulled.
    if (image === "" || /@sha256:\w+$/.test(image) || /:[0-9a-f]{12}$/.test(image)) return [];
    return [`runs ${image}, which may be another image tomorrow`];
  },
};

/** Names of variables that hold a secret; what ends like a file's name or a path holds none. */
const secretName = /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|CREDENTIALS?)$/i;
const secretText = /-----BEGIN [A-Z ]*PRIVATE KEY-----|^\$2[aby]\$\d\d\$/;

const noOpenSecret: ResourceRule = {
  name: "no-secret-in-environment",
  description: "A secret is in no environment and no command line, where every process reads it.",
  check: (resource) => {
    const own = runs(resource);
    const isCommand = resource.type.startsWith("command:");
    if (!own && !isCommand) return [];
    const environment = own?.environment ?? variables(tree(resource.inputs.environment));
    const lines =
      own?.command ?? ["create", "update", "delete"].map((phase) => text(resource.inputs[phase]));
    const marked = (resource.secrets ?? []).filter((path) =>
      /(^|\.)(env|envs|environment|commands?|args|create|update|delete)([.[]|$)/.test(path),
    );
    return [
      ...marked.map((path) => `has a secret at ${path}`),
      ...Object.entries(environment)
        .filter(
          ([name, value]) =>
            value !== "" &&
            !value.startsWith("/") &&
            (secretName.test(name) || secretText.test(value)),
        )
        .map(([name]) => `has a secret in its variable ${name}`),
      ...lines
        .filter((line) => secretText.test(line))
        .map(() => "has a private key in its command"),
    ];
  },
};

function variables(environment: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, text(value)]),
  );
}

/** What data is lost with, and how each is known. */
const keepers: readonly (readonly [what: string, is: (resource: PolicyResource) => boolean])[] = [
  ["the volume of the files", (it) => isType(it, "openstack:blockstorage/volume:Volume")],
  [
    "the container of the backups",
    (it) => isType(it, "openstack:objectstorage/container:Container"),
  ],
  [
    "the backups' passphrase",
    (it) => isType(it, "random:index/randomPassword:RandomPassword") && it.name.includes("backup"),
  ],
  [
    "the authority's key",
    (it) => isType(it, "tls:index/privateKey:PrivateKey") && /(^|-)ca-key$/.test(it.name),
  ],
  [
    "the authority's certificate",
    (it) =>
      isType(it, "tls:index/selfSignedCert:SelfSignedCert") && it.inputs.isCaCertificate === true,
  ],
];

const dataProtected: ResourceRule = {
  name: "data-protected",
  description: "What holds data, or opens it, is protected: no change of the program deletes it.",
  check: (resource) =>
    keepers
      .filter(([, is]) => is(resource) && !resource.protect)
      .map(([what]) => `is ${what} and not protected`),
};

const encryptedOverlay: StackRule = {
  name: "encrypted-overlay",
  description: "A network that leads from one machine to another is encrypted.",
  check: (resources) => {
    const machines = resources.filter((it) => isType(it, "pulumi:providers:docker"));
    if (machines.length < 2) return [];
    return resources
      .filter((it) => isType(it, "docker:index/network:Network") && it.inputs.driver === "overlay")
      .filter(({ inputs }) => !["true", ""].includes(text(tree(inputs.options).encrypted ?? "no")))
      .map(({ inputs, name }) => `${text(inputs.name) || name} is not encrypted`);
  },
};

const onePublicMachine: StackRule = {
  name: "one-public-container",
  description:
    "One container publishes ports to everybody: nginx. Services publish on their machine only.",
  check: (resources) => {
    const publishing = resources.filter(
      (it) => isType(it, "docker:index/container:Container") && (runs(it)?.ports.length ?? 0) > 0,
    );
    const meshed = resources.filter((it) =>
      list(tree(it.inputs.endpointSpec).ports).some((port) => tree(port).publishMode !== "host"),
    );
    return [
      ...publishing
        .slice(1)
        .map(({ name }) => `${name} publishes ports beside ${publishing[0]?.name ?? ""}`),
      ...meshed.map(({ name }) => `${name} publishes a port on every machine of the Swarm`),
    ];
  },
};

export const resourceRules: readonly ResourceRule[] = [
  noPublishedEngine,
  capabilitiesDropped,
  readOnlyRoot,
  memoryLimit,
  pinnedImage,
  noOpenSecret,
  dataProtected,
];

export const stackRules: readonly StackRule[] = [encryptedOverlay, onePublicMachine];

/** Everything that is wrong with a stack: "rule: resource what". */
export function violations(resources: readonly PolicyResource[]): string[] {
  return [
    ...resourceRules.flatMap(({ name, check }) =>
      resources.flatMap((it) => check(it).map((problem) => `${name}: ${it.name} ${problem}`)),
    ),
    ...stackRules.flatMap(({ name, check }) =>
      check(resources).map((problem) => `${name}: ${problem}`),
    ),
  ];
}
