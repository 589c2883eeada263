import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { valid } from "../lib/configHelp";
import { containerDuration, serviceDuration } from "../../../components/lib/duration";
import { rules, secretText } from "../lib/forms";
import { fakeMachines } from "../lib/fakeMachines";
import { minimalConfig, reveal, runProgram, type Program, type Registration } from "../lib/harness";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const keyFile = join(folder, "key");
writeFileSync(keyFile, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Configurations that declare different resources. */
const variants: Readonly<Record<string, Parameters<typeof runProgram>[0]>> = {
  "a first preview": { config: minimalConfig, preview: true },
  "the least": { config: minimalConfig },
  "a stack of another name, with everything set": {
    stack: "ds101-autumn",
    secretKeys: ["login"],
    config: {
      ...minimalConfig,
      proxy: { domain: "hub.example.edu", port: 443, httpPort: 80 },
      login: {
        method: "google",
        clientId: "id",
        clientSecret: "p".repeat(20),
        hostedDomains: ["example.edu"],
      },
      student: { memory: "2G", homeQuota: "1G" },
      storage: { path: "/srv/course" },
      backup: { target: "file:///srv/backups" },
    },
  },
  "machines of its own": { config: valid.openstack, machines: fakeMachines(2) },
  "machines of its own, a first preview": {
    config: valid.openstack,
    machines: fakeMachines(2),
    preview: true,
  },
  "a cloud with nodes": {
    stack: "prod",
    config: {
      ...valid.openstack,
      proxy: { domain: "hub.example.edu" },
      openstack: {
        ...valid.openstack.openstack,
        dnsZone: "example.edu",
        nodes: { count: 2, spread: "soft" },
      },
    },
  },
  "machines that exist": {
    config: { ...valid.hosts, hosts: { ...valid.hosts.hosts, keyFile } },
  },
  "machines that are asked seldom, one of them for the files, and a public certificate": {
    config: {
      ...valid.hosts,
      health: { everySeconds: 90 },
      proxy: { domain: "hub.example.edu", tls: { source: "acme", email: "it@example.edu" } },
      hosts: { ...valid.hosts.hosts, keyFile, storage: { address: "203.0.113.14" } },
    },
  },
  "a learning management system": {
    secretKeys: ["login"],
    config: {
      ...minimalConfig,
      login: { method: "lti", consumers: { moodle: "p".repeat(20) }, usernameField: "user_id" },
    },
  },
};

describe.each(Object.entries(variants))("%s", (_, options) => {
  const stack = options.stack ?? "dev";
  let program: Program;
  beforeAll(async () => {
    program = await runProgram(options);
  });

  test("the program ends without an error", () => {
    expect(program.error?.message).toBeUndefined();
    expect(program.resources.length).toBeGreaterThan(50);
  });

  test.each(Object.entries(rules))("%s", (__, rule) => {
    const broken = program.resources.flatMap((resource) => {
      const wrong = rule(resource, stack);
      return wrong ? [`${resource.name}: ${wrong}`] : [];
    });
    expect(broken).toEqual([]);
  });

  test("no secret is among the outputs in plain text", () => {
    const plain = Object.entries(program.outputs).filter(
      ([name]) => !program.secretOutputs.some((path) => path.split(".")[0] === name),
    );
    expect(JSON.stringify(plain)).not.toMatch(secretText);
  });
});

/** A resource that breaks a rule, for each rule: a rule that never fails proves nothing. */
const offenders: Readonly<Record<string, Partial<Registration>>> = {
  "a Service is on networks by their id": service({ networksAdvanceds: [{ name: "course" }] }),
  "a Service's restart policy has delay 0s and window 0s": service({ restartPolicy: {} }),
  "a Service whose image a registry has says its platform": service({
    containerSpec: { image: "registry.example.edu/course/hub:1@sha256:00" },
  }),
  "a Service's container has an environment": service({ containerSpec: {} }),
  "a Service's durations are spelled as they are read": service({
    containerSpec: { healthcheck: { startPeriod: "180s" } },
  }),
  "a Container's durations are spelled as they are read": container({
    healthcheck: { startPeriod: "3m" },
  }),
  "capabilities are named as the engine lists them": container({
    capabilities: { adds: ["NET_ADMIN"], drops: ["ALL"] },
  }),
  "a Container's ports have their addresses, in the engine's order": container({
    ports: [{ internal: 8443, ip: "0.0.0.0" }],
  }),
  "a Container has memorySwap beside memory": container({ memory: 128 }),
  "a Network has a gateway beside each subnet": docker("Network", {
    ipamConfigs: [{ subnet: "10.0.0.0/8" }],
  }),
  "an Image says what platform it is built for": docker("Image", { build: {} }),
  "Secret and ServiceConfig get an automatic name": docker("Secret", { name: "x" }),
  "Secret and ServiceConfig carry base64": docker("ServiceConfig", { data: "{}" }),
  "a Secret's data is secret": docker("Secret", { data: "AAAA" }),
  "a Container is replaced for what can't be updated": container({}),
  "a Command gets nothing of its last run": command({}),
  "what only a Swarm's manager takes comes after the Swarm": docker("Secret", {}),
  "secrets are only where a provider keeps them": {
    ...command({ environment: { TOKEN: "x" } }),
    secrets: ["environment.TOKEN"],
  },
  "no secret is anywhere in plain text": docker("ServiceConfig", {
    data: Buffer.from("a token: pppppppppppp").toString("base64"),
  }),
  "a Command that is given a secret says nothing": { ...command({}), secrets: ["stdin"] },
  "everything but a component has a component for a parent": command({}),
  "a component's type is semesterhub:index:Name": { type: "my:Component", custom: false },
  "Docker's objects have a provider of their own": container({}),
  "names of things start with the stack's, logical names don't have it": container({ name: "hub" }),
  "Docker's objects carry the stack's label": container({ labels: [] }),
  "what has a name of its own goes before its successor comes": container({ name: "hub" }),
  "a Service resolves to its tasks and waits until it is well": service({}),
  "an Image's tag is the hash of what it is built from": docker("Image", {
    imageName: "semesterhub/hub:latest",
  }),
  "containers have a read-only root and no capabilities but named ones": container({}),
  "logs are bounded": container({ logOpts: {} }),
  "a Network's options are not compared, and stand in a label": docker("Network", {
    ipamConfigs: [{ subnet: "10.0.0.0/8", gateway: "10.0.0.1" }],
    options: { encrypted: "true" },
  }),
  "only the proxy is reached from outside, and what machines need of each other": container({
    ports: [{ external: 8081 }],
  }),
  "keys are of a curve that browsers know": {
    type: "tls:index/privateKey:PrivateKey",
    inputs: { algorithm: "ECDSA" },
  },
  "certificates are renewed before they end": {
    type: "tls:index/locallySignedCert:LocallySignedCert",
  },
  "the last backup is taken although its machine goes": {
    ...command({ delete: "backup" }),
    name: "final-backup",
    deletedWith: "urn",
  },
  "the cloud's objects have a provider of their own": cloud("Instance"),
  "what counted at a VM's first boot never replaces it": cloud("Instance"),
  "a VM leaves its ports before its successor takes them": cloud("Instance"),
  "a security group has no rules but those that are declared": cloud("SecGroup"),
  "what made the data's folders never removes them": {
    ...command({ delete: "rm -rf" }),
    name: "tree",
  },
};

function cloud(type: string): Partial<Registration> {
  return { type: `openstack:compute/x:${type}` };
}

function docker(type: string, inputs: Registration["inputs"]): Partial<Registration> {
  return { type: `docker:index/${type.toLowerCase()}:${type}`, inputs };
}

function service(taskSpec: object): Partial<Registration> {
  return docker("Service", { taskSpec });
}

function container(inputs: Registration["inputs"]): Partial<Registration> {
  return docker("Container", inputs);
}

function command(inputs: Registration["inputs"]): Partial<Registration> {
  return { type: "command:local:Command", inputs };
}

test.each(Object.entries(rules))("this rule can be broken: %s", (name, rule) => {
  const resource: Registration = {
    type: "",
    name: "x",
    urn: "",
    custom: true,
    parent: "urn:pulumi:dev::semesterhub::pulumi:pulumi:Stack::semesterhub-dev",
    inputs: {},
    secrets: [],
    protect: false,
    importId: "",
    retainOnDelete: false,
    deleteBeforeReplace: false,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    dependencies: [],
    propertyDependencies: {},
    provider: "",
    deletedWith: "",
    replaceWith: [],
    replacementTrigger: null,
    ...offenders[name],
  };
  expect(rule(resource, "dev")).toEqual(expect.any(String));
});

test("secrets are found wherever they are", () => {
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    value: 1,
  };
  expect(reveal({ a: [{ b: secret }], c: secret, d: 2 })).toEqual({
    value: { a: [{ b: 1 }], c: 1, d: 2 },
    secrets: ["a[0].b", "c"],
  });
});

test("a duration has one spelling on each kind of resource", () => {
  const good = {
    Service: ["0s", "10s", "1m", "1m30s", "3m", "14m", "1h", "1h2m", "1h0m5s"],
    Container: ["0s", "10s", "1m0s", "1m30s", "3m0s", "14m0s", "1h0m0s", "1h2m0s"],
  };
  const bad = {
    Service: ["180s", "3m0s", "60s", "1h0m0s", "90m", "", "1m60s"],
    Container: ["180s", "3m", "60s", "1h", "90m0s", "0m10s", "1h2s"],
  };
  const verdict = (type: "Service" | "Container", startPeriod: string) => {
    const rule = rules[`a ${type}'s durations are spelled as they are read`];
    const resource = docker(type, { healthcheck: { startPeriod } }) as Registration;
    return rule?.(resource, "dev");
  };
  for (const type of ["Service", "Container"] as const) {
    expect(good[type].filter((text) => verdict(type, text) !== false)).toEqual([]);
    expect(bad[type].filter((text) => verdict(type, text) === false)).toEqual([]);
  }
});

test("seconds are printed as the plugin prints them", () => {
  const seconds = [0, 10, 60, 90, 180, 840, 3600, 3605, 3720, 5400];
  expect(seconds.map(containerDuration)).toEqual([
    "0s",
    "10s",
    "1m0s",
    "1m30s",
    "3m0s",
    "14m0s",
    "1h0m0s",
    "1h0m5s",
    "1h2m0s",
    "1h30m0s",
  ]);
  expect(seconds.map(serviceDuration)).toEqual([
    "0s",
    "10s",
    "1m",
    "1m30s",
    "3m",
    "14m",
    "1h",
    "1h0m5s",
    "1h2m",
    "1h30m",
  ]);
});
