// What is declared where the certificate is an ACME authority's.
import { fakeMachines } from "../../lib/fakeMachines";
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { prod } from "../../lib/prod";

const container = "docker:index/container:Container";
const key = "not-to-be-shown-anywhere";
const proxy = {
  domain: "hub.example.edu",
  httpPort: 80,
  tls: { source: "acme", email: "it@example.edu", eab: { keyId: "kid-1", key } },
};

let local: Program;
let cloud: Program;
beforeAll(async () => {
  [local, cloud] = await Promise.all([
    runProgram({ config: { ...minimalConfig, proxy: { ...proxy, port: 443 } } }),
    runProgram({
      stack: "prod",
      config: { ...prod, proxy },
      secretKeys: ["proxy"],
      machines: fakeMachines(1),
    }),
  ]);
});

test("nothing of it without ACME", async () => {
  const { resources } = await runProgram({ config: minimalConfig });
  expect(resources.filter(({ name }) => name.includes("acme"))).toEqual([]);
});

test("a container without a port, a network or a right, beside nginx", () => {
  expect(local.error?.message).toBeUndefined();
  const acme = local.byName("acme", container);
  expect(acme.inputs).toMatchObject({
    name: "semesterhub-dev-acme",
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    restart: "always",
    volumes: [{ hostPath: "/var/lib/semesterhub/dev/proxy/acme", containerPath: "/srv/acme" }],
  });
  expect(acme.inputs).not.toHaveProperty("ports");
  expect(acme.inputs).not.toHaveProperty("networksAdvanced");
  // nginx must answer the authority.
  expect(acme.dependencies).toContain(local.byName("proxy", container).urn);
});

test("nginx has a certificate of the stack's own until then", () => {
  expect(local.byName("proxy-request").inputs).toMatchObject({
    dnsNames: ["hub.example.edu"],
  });
  const site = local.byName("proxy-site");
  expect(site.inputs.stdin).toContain("challenges.conf");
});

test("the account's key is only in a file that nobody else reads", () => {
  const file = local.byName("acme-settings");
  expect(file.secrets).toContain("stdin");
  expect(file.inputs.environment).toMatchObject({ MODE: "0400", OWNER: "10994:10992" });
  expect(JSON.parse(String(file.inputs.stdin))).toEqual({
    domains: ["hub.example.edu"],
    email: "it@example.edu",
    directory: "https://acme-v02.api.letsencrypt.org/directory",
    eab: { keyId: "kid-1", key },
  });
  for (const program of [local, cloud]) {
    for (const { inputs, name, secrets } of program.resources) {
      const plain = Object.entries(inputs).filter(([input]) => !secrets.includes(input));
      expect([name, JSON.stringify(plain).includes(key)]).toEqual([name, false]);
    }
  }
});

test("other settings make another container, which finds account and certificate again", async () => {
  const labels = (program: Program) =>
    program.byName("acme", container).inputs.labels as {
      label: string;
      value: string;
    }[];
  const other = await runProgram({
    config: {
      ...minimalConfig,
      proxy: { ...proxy, tls: { ...proxy.tls, email: "new@example.edu" } },
    },
  });
  expect(labels(local).map(({ label }) => label)).toEqual([
    "semesterhub.stack",
    "semesterhub.settings",
  ]);
  expect(labels(other)).not.toEqual(labels(local));
  const folder = local.byName("acme-folder");
  expect(folder.inputs.create).toContain("state 0700");
  expect(folder.inputs.delete).not.toContain("state");
});

test("on machines: on the proxy's, with an image from the registry, outside the Swarm", () => {
  expect(cloud.error?.message).toBeUndefined();
  const acme = cloud.byName("acme", container);
  expect(acme.provider).toContain("::proxy-provider::");
  expect(acme.inputs.image).toMatch(/:5000\/semesterhub\/acme:[0-9a-f]{12}$/);
  expect(acme.inputs.volumes).toEqual([
    { hostPath: "/etc/semesterhub/prod/proxy/acme", containerPath: "/srv/acme" },
  ]);
  expect(cloud.byName("acme-folder").inputs.environment).toMatchObject({
    OWNER: "10994:10992",
  });
});
