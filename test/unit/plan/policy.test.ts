import { violations } from "../../../policy/rules";
import type { PolicyResource } from "../../../policy/resource";
import { declareStack } from "../../../scripts/plan/declare";
import { trackedFiles } from "../../../scripts/plan/facts";
import { runIndex } from "../lib/harness";

let hosts: readonly PolicyResource[];
beforeAll(async () => {
  const tracked = trackedFiles(process.cwd());
  hosts = (await declareStack(process.cwd(), "hosts", tracked, () => runIndex())).resources;
});

test("the example on machines breaks no rule", () => {
  expect(violations(hosts)).toEqual([]);
});

type Inputs = Record<string, unknown>;

/** The example with the first resource that is meant changed. */
function broken(
  is: (resource: PolicyResource) => boolean,
  change: (inputs: Inputs, resource: PolicyResource) => Partial<PolicyResource> | undefined,
): readonly PolicyResource[] {
  const meant = hosts.find(is);
  if (!meant) throw new Error("No resource like that");
  const inputs = structuredClone(meant.inputs) as Inputs;
  const changed = { ...meant, inputs, ...change(inputs, meant) };
  return hosts.map((resource) => (resource === meant ? changed : resource));
}

const service = (role: string) => (it: PolicyResource) =>
  it.type === "docker:index/service:Service" && String(it.inputs.name).endsWith(`-${role}`);
const container = (role: string) => (it: PolicyResource) =>
  it.type === "docker:index/container:Container" && String(it.inputs.name).endsWith(`-${role}`);
const type = (name: string) => (it: PolicyResource) => it.type === name;
const spec = (inputs: Inputs) =>
  (inputs.taskSpec as { containerSpec: Inputs; resources: Inputs }).containerSpec;

test.each<[string, string, () => readonly PolicyResource[]]>([
  [
    "no-published-engine-port",
    "a container that publishes 2375",
    () =>
      broken(container("proxy"), (inputs) => {
        inputs.ports = [{ internal: 2375, external: 2375 }];
        return undefined;
      }),
  ],
  [
    "no-published-engine-port",
    "an engine over TCP without keys",
    () =>
      broken(type("pulumi:providers:docker"), (inputs) => {
        delete inputs.keyMaterial;
        return undefined;
      }),
  ],
  [
    "no-published-engine-port",
    "a security group that opens it",
    () => [
      ...hosts,
      {
        type: "openstack:networking/secGroupRule:SecGroupRule",
        name: "open",
        protect: false,
        inputs: {
          direction: "ingress",
          remoteIpPrefix: "0.0.0.0/0",
          portRangeMin: 2000,
          portRangeMax: 3000,
        },
      },
    ],
  ],
  [
    "capabilities-dropped",
    "a service that keeps them",
    () =>
      broken(service("chp"), (inputs) => {
        spec(inputs).capDrops = ["NET_RAW"];
        return undefined;
      }),
  ],
  [
    "capabilities-dropped",
    "a container that keeps them",
    () =>
      broken(container("firewall"), (inputs) => {
        inputs.capabilities = { adds: ["CAP_NET_ADMIN"] };
        return undefined;
      }),
  ],
  [
    "read-only-root",
    "a root that can be written",
    () =>
      broken(service("hub"), (inputs) => {
        spec(inputs).readOnly = false;
        return undefined;
      }),
  ],
  [
    "memory-limit",
    "a service without one",
    () =>
      broken(service("cull"), (inputs) => {
        (inputs.taskSpec as Inputs).resources = {};
        return undefined;
      }),
  ],
  [
    "pinned-image",
    "a tag that moves",
    () =>
      broken(service("backup"), (inputs) => {
        spec(inputs).image = "semesterhub/backup:latest";
        return undefined;
      }),
  ],
  [
    "no-secret-in-environment",
    "a token among a service's variables",
    () =>
      broken(service("hub"), (inputs) => {
        spec(inputs).env = { API_TOKEN: "abc" };
        return undefined;
      }),
  ],
  [
    "no-secret-in-environment",
    "a secret of Pulumi's in a container's variables",
    () =>
      broken(container("proxy"), (inputs) => {
        inputs.envs = ["GREETING=hello"];
        return { secrets: ["envs[0]"] };
      }),
  ],
  [
    "no-secret-in-environment",
    "a private key in a command line",
    () =>
      broken(type("command:remote:Command"), (inputs) => {
        inputs.create = "echo '-----BEGIN PRIVATE KEY-----' >key";
        return undefined;
      }),
  ],
  [
    "data-protected",
    "the backups' passphrase",
    () =>
      broken(
        ({ type: it, name }) =>
          it === "random:index/randomPassword:RandomPassword" && name.includes("backup"),
        () => ({ protect: false }),
      ),
  ],
  [
    "data-protected",
    "the authority's certificate",
    () => broken(type("tls:index/selfSignedCert:SelfSignedCert"), () => ({ protect: false })),
  ],
  [
    "data-protected",
    "a volume",
    () => [
      ...hosts,
      { type: "openstack:blockstorage/volume:Volume", name: "data", protect: false, inputs: {} },
    ],
  ],
  [
    "encrypted-overlay",
    "a plain network between machines",
    () =>
      broken(type("docker:index/network:Network"), (inputs) => {
        inputs.options = {};
        return undefined;
      }),
  ],
  [
    "one-public-container",
    "a service on every machine of the Swarm",
    () =>
      broken(service("chp"), (inputs) => {
        inputs.endpointSpec = { ports: [{ publishedPort: 8000, publishMode: "ingress" }] };
        return undefined;
      }),
  ],
  [
    "one-public-container",
    "a second container with a port",
    () =>
      broken(container("firewall"), (inputs) => {
        inputs.ports = [{ internal: 80, external: 8080 }];
        return undefined;
      }),
  ],
])("%s: %s", (rule, _, stack) => {
  const found = violations(stack());
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(new RegExp(`^${rule}: `));
});

test("what a preview does not know yet breaks no rule", () => {
  const unknown = hosts.map((resource) => ({
    ...resource,
    inputs: JSON.parse(
      JSON.stringify(resource.inputs, (_, value: unknown) =>
        typeof value === "string" && /sha256|:\d+$/.test(value) ? undefined : value,
      ),
    ) as Inputs,
  }));
  expect(violations(unknown)).toEqual([]);
});
