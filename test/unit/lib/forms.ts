/** What every declared resource must look like: the official plugins' forms, and the program's own design. */
import { unknown, type Registration } from "./harness";
import { officialForms } from "./officialForms";
import { container, isCloud, list, of, tree, type Rule } from "./rule";

/** Inputs that may be secret: places from which a provider doesn't tell them. */
const secretPlaces: Readonly<Record<string, readonly string[]>> = {
  "docker:index/secret:Secret": ["data"],
  // The class list: Swarm shows it to who manages the Swarm, a preview to nobody.
  "docker:index/serviceConfig:ServiceConfig": ["data"],
  "command:local:Command": ["stdin"],
  "command:remote:Command": ["connection", "stdin"],
  "pulumi:providers:docker": ["keyMaterial"],
  "tls:index/certRequest:CertRequest": ["privateKeyPem"],
  "tls:index/selfSignedCert:SelfSignedCert": ["privateKeyPem"],
  "tls:index/locallySignedCert:LocallySignedCert": ["caPrivateKeyPem"],
};

/** The text of all inputs but those that are marked secret. */
function openText({ inputs, secrets }: Registration): string {
  const open = Object.entries(inputs).filter(
    ([name]) => !secrets.some((path) => path.split(/[.[]/)[0] === name),
  );
  return JSON.stringify(Object.fromEntries(open));
}

const decoded = (text: string) =>
  text.replace(/[A-Za-z0-9+/]{16,}={0,2}/g, (data) => Buffer.from(data, "base64").toString());

/** What the mocks' secrets look like. */
export const secretText = /p{12,}|(0123456789abcdef){2}|BEGIN PRIVATE KEY/;

const isComponent = ({ custom }: Registration) => !custom;
const isDocker = ({ type }: Registration) => type.startsWith("docker:");

export const rules: Readonly<Record<string, Rule>> = {
  ...officialForms,
  "a Secret's data is secret": of(
    "Secret",
    ({ inputs, secrets }) =>
      inputs.data !== unknown && !secrets.includes("data") && "data is plain",
  ),
  // Order.
  "what only a Swarm's manager takes comes after the Swarm": ({ type, dependencies }) =>
    /^docker:.*:(Secret|ServiceConfig|Network)$/.test(type) &&
    !dependencies.some((urn) => urn.endsWith("::swarm")) &&
    "does not depend on the Swarm",
  // What keeps secrets secret.
  "secrets are only where a provider keeps them": (resource) => {
    const places = secretPlaces[resource.type] ?? [];
    const astray = resource.secrets.filter((path) => !places.includes(path));
    return astray.length > 0 && `secret at ${astray.join(", ")}`;
  },
  "no secret is anywhere in plain text": (resource) =>
    secretText.test(decoded(openText(resource))) && openText(resource).slice(0, 200),
  "a Command that is given a secret says nothing": of(
    "Command",
    ({ inputs, secrets }) =>
      secrets.includes("stdin") &&
      inputs.logging !== "none" &&
      "stdin is secret, logging isn't none",
  ),
  // Who belongs to whom.
  "everything but a component has a component for a parent": (resource) =>
    !isComponent(resource) &&
    !resource.parent.split("::")[2]?.split("$").at(-1)?.startsWith("semesterhub:index:") &&
    `parent ${resource.parent}`,
  "a component's type is semesterhub:index:Name": (resource) =>
    isComponent(resource) && !/^semesterhub:index:[A-Z]\w+$/.test(resource.type) && resource.type,
  "Docker's objects have a provider of their own": (resource) =>
    isDocker(resource) && resource.provider === "" && "the default provider",
  // Two stacks on one engine.
  "names of things start with the stack's, logical names don't have it": (
    { type, name, inputs },
    stack,
  ) => {
    const prefix = `semesterhub-${stack}`;
    const own = typeof inputs.name === "string" && !type.startsWith("openstack:dns/");
    const names = own ? [String(inputs.name)] : [];
    if (name.startsWith(`${prefix}-`)) return `the logical name ${name}`;
    return (
      !names.every((own) => own === prefix || own.startsWith(`${prefix}-`)) && names.join(", ")
    );
  },
  "Docker's objects carry the stack's label": (resource, stack) => {
    if (!/:(Network|Service|Container)$/.test(resource.type) || !isDocker(resource)) return false;
    const labels = list(resource.inputs.labels).map(tree);
    const own = labels.some(({ label, value }) => label === "semesterhub.stack" && value === stack);
    return !own && "no label semesterhub.stack";
  },
  "what has a name of its own goes before its successor comes": (resource) =>
    isDocker(resource) &&
    "name" in resource.inputs &&
    !resource.deleteBeforeReplace &&
    "not deleteBeforeReplace",
  // Decisions of the design.
  "a Service resolves to its tasks and waits until it is well": of("Service", ({ inputs }) => {
    const { endpointSpec, convergeConfig, mode } = inputs;
    if (tree(endpointSpec).mode !== "dnsrr") return "endpoint mode isn't dnsrr";
    if ("global" in tree(mode)) return "a global service can't be waited for";
    return convergeConfig === undefined && "no convergeConfig";
  }),
  "an Image's tag is the hash of what it is built from": of(
    "Image",
    ({ inputs }) =>
      !/^semesterhub\/[a-z]+:[0-9a-f]{12}$/.test(String(inputs.imageName)) &&
      String(inputs.imageName),
  ),
  "containers have a read-only root and no capabilities but named ones": (resource) => {
    if (!/^docker:.*:(Service|Container)$/.test(resource.type)) return false;
    const own = resource.type.endsWith(":Service") ? container(resource) : resource.inputs;
    const drops = own.capDrops ?? tree(own.capabilities).drops;
    if (own.readOnly !== true) return "the root can be written";
    return !list(drops).includes("ALL") && "capabilities aren't dropped";
  },
  "logs are bounded": (resource) => {
    if (!/^docker:.*:(Service|Container)$/.test(resource.type)) return false;
    const service = tree(tree(tree(resource.inputs.taskSpec).logDriver).options);
    const options = resource.type.endsWith(":Service") ? service : tree(resource.inputs.logOpts);
    return (!options["max-size"] || !options["max-file"]) && "no max-size or max-file";
  },
  // What machines ask each other for is closed to others by their firewalls, which see host mode.
  "only the proxy is reached from outside, and what machines need of each other": ({
    type,
    name,
    inputs,
  }) => {
    const services = list(tree(inputs.endpointSpec).ports).map(tree);
    const inside =
      ["chp", "registry"].some((thing) => name === thing) &&
      services.every(({ publishMode }) => publishMode === "host");
    const ports = [...list(inputs.ports), ...(inside ? [] : services)];
    return ports.length > 0 && name !== "proxy" && `${type} publishes a port`;
  },
  "keys are of a curve that browsers know": of("PrivateKey", ({ inputs }) => {
    const { algorithm, ecdsaCurve } = inputs;
    return algorithm === "ECDSA" && ecdsaCurve !== "P256" && `curve ${String(ecdsaCurve)}`;
  }),
  "certificates are renewed before they end": (resource) =>
    /:(LocallySignedCert|SelfSignedCert)$/.test(resource.type) &&
    !(Number(resource.inputs.earlyRenewalHours) > 0) &&
    "no earlyRenewalHours",
  "what made the data's folders never removes them": ({ name, inputs }) =>
    ["tree", "backup-folder"].includes(name) &&
    inputs.delete !== undefined &&
    "has a delete command",
  "the last backup is taken although its machine goes": ({ name, deletedWith }) =>
    ["students", "final-backup", "pre-destroy-backup"].includes(name) &&
    deletedWith !== "" &&
    "goes with its machine without a word",
  // What a cloud has.
  "the cloud's objects have a provider of their own": (resource) =>
    isCloud(resource) && resource.provider === "" && "the default provider",
  "what counted at a VM's first boot never replaces it": (resource) => {
    if (!resource.type.endsWith(":Instance")) return false;
    const missing = ["imageId", "imageName", "userData", "keyPair", "blockDevices"].filter(
      (input) => !resource.ignoreChanges.includes(input),
    );
    return missing.length > 0 && `ignoreChanges lacks ${missing.join(", ")}`;
  },
  "a VM leaves its ports before its successor takes them": (resource) =>
    resource.type.endsWith(":Instance") &&
    !resource.deleteBeforeReplace &&
    "not deleteBeforeReplace",
  "a security group has no rules but those that are declared": (resource) =>
    resource.type.endsWith(":SecGroup") &&
    resource.inputs.deleteDefaultRules !== true &&
    "the cloud's default rules stay",
};
