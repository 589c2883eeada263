// How images get to a course's machines: built on the hub's, sent to those that need them.
import type { Program } from "../lib/harness";
import { looking, run } from "../lib/several";

const container = "docker:index/container:Container";
const service = "docker:index/service:Service";
const nodes = [1, 2, 3, 4, 5, 6, 7].map((number) => `node-${number}`);
let program: Program;
beforeAll(async () => {
  program = await run(7);
});

const { find, taskSpec, settings, waitsFor } = looking(() => program);

test("are built on the hub's machine; only those that travel are sent", () => {
  const images = program.byType("docker:index/image:Image");
  expect(images).toHaveLength(9);
  for (const { provider, inputs } of images) {
    expect(provider).toContain("::hub-provider::");
    expect(inputs.skipPush).toBe(true);
  }
  const pushed = program.resources.flatMap(({ name }) => /^(\w+)-push$/.exec(name)?.[1] ?? []);
  expect(pushed.sort()).toEqual(["firewall", "notebook", "proxy"]);
});

test("a node has an image before it is used there", () => {
  for (const node of nodes) {
    const pull = find(`notebook-pull-${node}`);
    expect(pull.dependencies).toContain(find("notebook-push").urn);
    expect(waitsFor(find("hub", service), pull.urn)).toBe(true);
    expect(find(`firewall-${node}`, container).dependencies).toContain(
      find(`firewall-pull-${node}`).urn,
    );
  }
  expect(find("proxy", container).dependencies).toContain(find("proxy-pull-proxy").urn);
});

test("what has nothing to do with nodes doesn't wait for their images", () => {
  const pull = find("notebook-pull-node-1").urn;
  for (const thing of ["homes", "chp", "backup", "registry"]) {
    expect([thing, waitsFor(find(thing, service), pull)]).toEqual([thing, false]);
  }
  expect(waitsFor(find("firewall-node-1", container), pull)).toBe(false);
});

test("are called by their place; students' by digest, so that a start asks nobody", () => {
  expect(find("proxy", container).inputs.image).toMatch(
    /^192\.168\.60\.11:5000\/semesterhub\/proxy:[0-9a-f]{12}$/,
  );
  expect(settings().notebook.image).toMatch(
    /^192\.168\.60\.11:5000\/semesterhub\/notebook:[0-9a-f]{12}@sha256:digest$/,
  );
  expect(taskSpec("hub").containerSpec.image).toMatch(/^semesterhub\/hub:[0-9a-f]{12}$/);
});

test("the registry's user and key are secrets; machines get the password on standard input", () => {
  expect(find("registry", service).inputs.endpointSpec).toEqual({
    mode: "dnsrr",
    ports: [{ protocol: "tcp", publishMode: "host", targetPort: 5000, publishedPort: 5000 }],
  });
  expect(
    taskSpec("registry").containerSpec.secrets.map(({ fileName, fileUid }) => [fileName, fileUid]),
  ).toEqual(["cert", "key", "htpasswd"].map((thing) => [`registry-${thing}`, "10993"]));
  expect(find("registry-request").inputs.ipAddresses).toEqual(["192.168.60.11"]);
  const pull = find("notebook-pull-node-1");
  expect(pull.secrets).toContain("stdin");
  expect(pull.inputs.logging).toBe("none");
});
