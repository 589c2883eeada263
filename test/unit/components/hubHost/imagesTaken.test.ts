// What is declared where a registry of the configuration has the images.
import { imagesOf, planImage, type CourseImage } from "../../../../components/hubHost/images";
import type { SemesterConfig } from "../../../../config";
import { fakeMachines } from "../../lib/fakeMachines";
import { prod } from "../../lib/prod";
import { runProgram, type Program, type Registration } from "../../lib/harness";

const command = "command:remote:Command";
const registry = "r.example.edu:5000/course";
const images = { registry, username: "reader", password: "p".repeat(20) };

const run = (nodes: number, section: object = images) =>
  runProgram({
    stack: "prod",
    secretKeys: ["images"],
    config: { ...prod, images: section },
    machines: fakeMachines(nodes),
  });

let program: Program;
beforeAll(async () => {
  program = await run(2);
});

const find = (thing: string, type?: string, from = program): Registration =>
  from.byName(thing, type);
const pulls = (from = program) =>
  from.resources.flatMap(({ name }) => /^(\w+-pull-.*)$/.exec(name)?.[1] ?? []).sort();
const there = (image: CourseImage) => `${registry}/${image}:${planImage("images", image).hash}`;
const runs = (service: string) => {
  const { taskSpec } = find(service, "docker:index/service:Service").inputs;
  return (taskSpec as { containerSpec: { image: string } }).containerSpec.image;
};

test("the program ends without an error, and builds and sends nothing", () => {
  expect(program.error?.message).toBeUndefined();
  expect(program.byType("docker:index/image:Image")).toEqual([]);
  expect(program.resources.filter(({ name }) => /-(push|registry.*)$/.test(name))).toEqual([]);
});

test("each machine takes what runs on it, and nothing else", () => {
  expect(pulls()).toEqual([
    "backup-pull-hub",
    "chp-pull-hub",
    "firewall-pull-node-1",
    "firewall-pull-node-2",
    "grading-pull-hub",
    "homes-pull-hub",
    "hub-pull-hub",
    "notebook-pull-node-1",
    "notebook-pull-node-2",
    "proxy-pull-proxy",
  ]);
});

test("without nodes, the hub's machine takes what students run", async () => {
  const alone = await run(0);
  const onHub = ["backup", "chp", "firewall", "grading", "homes", "hub", "notebook"];
  expect(pulls(alone)).toEqual([...onHub.map((image) => `${image}-pull-hub`), "proxy-pull-proxy"]);
});

test.each([
  ["as little as can be", {}],
  ["alerts", { alerts: { webhook: { url: "https://chat.example.edu/in" } } }],
  [
    "Prometheus",
    {
      alerts: { webhook: { url: "https://chat.example.edu/in" } },
      monitoring: { prometheus: true },
    },
  ],
  ["PostgreSQL", { database: { kind: "postgres" } }],
  [
    "certificates by ACME",
    { proxy: { domain: "hub.example.edu", tls: { source: "acme", email: "ta@example.edu" } } },
  ],
])("what the registry is to have is what machines take: %s", async (_, section) => {
  let known: SemesterConfig | undefined;
  const declared = await runProgram({
    stack: "prod",
    secretKeys: ["images", "alerts"],
    config: { ...prod, ...section, images },
    machines: (config) => {
      known = config;
      return fakeMachines(2)();
    },
  });
  expect(declared.error?.message).toBeUndefined();
  const taken = pulls(declared).map((name) => name.split("-")[0]);
  expect([...new Set(taken)].sort()).toEqual([...(known ? imagesOf(known) : [])].sort());
});

test("an image's name says what is in it, ahead of any build", () => {
  expect(find("hub-pull-hub", command).inputs.environment).toEqual({
    SERVER: "r.example.edu:5000",
    THERE: there("hub"),
    USERNAME: "reader",
    ADVICE: "npm run images -- --stack prod builds what is missing there and sends it.",
  });
});

test("services run it by digest, so that the Swarm asks nobody; containers by name", () => {
  for (const service of ["hub", "chp", "homes", "backup"] as const) {
    expect(runs(service)).toBe(`${there(service)}@sha256:digest`);
  }
  expect(find("proxy", "docker:index/container:Container").inputs.image).toBe(there("proxy"));
  const { data } = find("hub-settings").inputs;
  expect(Buffer.from(String(data), "base64").toString()).toContain(
    `"${there("notebook")}@sha256:digest"`,
  );
});

test("students are let in when the last node has what they run", () => {
  const hub = find("hub-settings");
  for (const node of ["node-1", "node-2"]) {
    const open = find(`open-${node}`, command);
    expect(open.dependencies).toContain(find(`notebook-pull-${node}`).urn);
    expect(hub.dependencies).toContain(find(`notebook-pull-${node}`).urn);
  }
});

test("the password travels on standard input alone", () => {
  const pull = find("hub-pull-hub", command);
  expect(pull.secrets).toContain("stdin");
  expect(JSON.stringify([pull.inputs.create, pull.inputs.environment])).not.toContain("pppp");
  expect(pull.inputs).toMatchObject({ stdin: images.password, logging: "none" });
});

test("a registry that asks nobody gets no password", async () => {
  const open = await run(0, { registry: "r.example.edu" });
  const { inputs } = find("hub-pull-hub", command, open);
  expect(inputs.stdin).toBeUndefined();
  expect(inputs.environment).toMatchObject({ USERNAME: "", SERVER: "r.example.edu" });
});
