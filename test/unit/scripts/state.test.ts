import { halfMade } from "../../../scripts/lib/docker/stackObjects.mjs";
import { plainOutputs, splitUrn, urnsOf } from "../../../scripts/lib/pulumi/state.mjs";

const provider = "urn:pulumi:dev::semesterhub::pulumi:providers:docker::semesterhub-dev-engine::1a";
const operation = (type: string, resourceType: string, name: unknown) => ({
  type,
  resource: { urn: "urn:x", type: resourceType, provider, inputs: { name } },
});

test("only this stack's new Docker objects are half made, and never a volume", () => {
  const service = "docker:index/service:Service";
  const found = halfMade(
    [
      operation("creating", service, "semesterhub-dev-hub"),
      operation("updating", service, "semesterhub-dev-chp"),
      operation("creating", service, "semesterhub-prod-hub"),
      operation("creating", "docker:index/volume:Volume", "semesterhub-dev-data"),
      operation("creating", "docker:index/container:Container", "semesterhub-dev-proxy"),
      operation("creating", "docker:index/secret:Secret", "semesterhub-dev-chp-key-1a2b"),
      operation("creating", "command:local:Command", undefined),
      { type: "creating", resource: { urn: "urn:x", type: service } },
    ],
    "semesterhub-dev",
  );
  expect(found.map(({ name }) => name)).toEqual([
    "semesterhub-dev-hub",
    "semesterhub-dev-proxy",
    "semesterhub-dev-chp-key-1a2b",
  ]);
  expect(found.every((one) => one.provider === provider)).toBe(true);
});

const urn = (type: string, name: string) => `urn:pulumi:dev::semesterhub::${type}::${name}`;

test("a part is a resource by its short or full name, with what is inside it", () => {
  const stack = urn("pulumi:pulumi:Stack", "semesterhub-dev");
  const component = urn("semesterhub:index:BackupJob", "backups");
  const service = urn("semesterhub:index:BackupJob$docker:index/service:Service", "backup");
  const child = urn("a$b", "child");
  const resources = [
    { urn: stack, type: "s" },
    { urn: component, type: "c", parent: stack },
    { urn: service, type: "d", parent: component },
    { urn: child, type: "e", parent: service },
    { urn: urn("x", "hub"), type: "f", parent: component },
  ];
  expect(urnsOf(resources, "backup")).toEqual([service, child]);
  expect(urnsOf(resources, "backups")).toEqual(expect.arrayContaining([component]));
  expect(urnsOf(resources, "nothing")).toEqual([]);
  expect(urnsOf([], service)).toEqual([service]);
  expect(splitUrn(service)[1]).toBe("backup");
});

test("a stack's outputs, with their secrets", () => {
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });
  const top = {
    urn: urn("pulumi:pulumi:Stack", "semesterhub-dev"),
    type: "pulumi:pulumi:Stack",
    outputs: { url: "u", password: secret("p"), storage: { path: secret("/s"), list: [1] } },
  };
  expect(plainOutputs({ resources: [top] })).toEqual({
    url: "u",
    password: "p",
    storage: { path: "/s", list: [1] },
  });
  expect(plainOutputs({})).toEqual({});
});
