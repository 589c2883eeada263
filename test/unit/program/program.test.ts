import * as pulumi from "@pulumi/pulumi";
import { valid } from "../lib/configHelp";
import { minimalConfig, runProgram, unknown } from "../lib/harness";

// One of each kind of mistake; config.test.ts has them all.
test.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
  ["nothing configured", {}, ["semesterhub:course", "semesterhub:roster"]],
  ["an unknown key", { ...minimalConfig, platfrom: "local" }, ["semesterhub:platfrom"]],
  ["a wrong type", { ...minimalConfig, proxy: { port: "x" } }, ["semesterhub:proxy.port"]],
  ["a wrong value", { ...minimalConfig, student: { pids: 1 } }, ["semesterhub:student.pids"]],
  [
    "an impossible combination",
    { ...minimalConfig, course: { title: "T", starts: "2026-09-01", ends: "2026-08-01" } },
    ["semesterhub:course.ends"],
  ],
  ["a missing file", { ...minimalConfig, roster: { file: "no.csv" } }, ["semesterhub:roster.file"]],
  ["a missing section", { ...valid.hosts, hosts: undefined }, ["semesterhub:hosts"]],
  [
    "a bad network and a bad backup",
    { ...minimalConfig, networks: { course: "8.0.0.0/8" }, backup: { target: "x" } },
    ["semesterhub:networks.course", "semesterhub:backup.target"],
  ],
])("%s: refused before any resource is declared", async (_, config, keys) => {
  const { error, resources, outputs } = await runProgram({ config });
  // Pulumi shows the message of such an error alone, without a stack trace.
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  for (const key of keys) expect(error?.message).toContain(key);
  expect(resources).toEqual([]);
  expect(outputs).toEqual({});
});

describe("the harness", () => {
  const entry = () => {
    const bucket = new pulumi.ComponentResource("semesterhub:index:Part", "part");
    const secret = pulumi.secret("hidden");
    new Thing("thing", { plain: "seen", secret }, { parent: bucket, protect: true });
    return { bucket: bucket.urn, secret };
  };

  class Thing extends pulumi.CustomResource {
    constructor(name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
      super("random:index/randomBytes:RandomBytes", name, { ...inputs, hex: undefined }, options);
    }
  }

  test("sees parents, protection and secrets", async () => {
    const program = await runProgram({ config: {}, entry });
    const part = program.byName("part");
    expect(program.byName("thing")).toMatchObject({
      parent: part.urn,
      protect: true,
      inputs: { plain: "seen", secret: "hidden" },
      secrets: ["secret"],
    });
    expect(program.outputs).toEqual({ bucket: part.urn, secret: "hidden" });
    expect(program.secretOutputs).toEqual(["secret"]);
  });

  test("fails where a type has no mock", async () => {
    const unmocked = () => {
      new (class extends pulumi.CustomResource {})("my:index:Thing", "thing");
    };
    await expect(runProgram({ config: {}, entry: unmocked })).rejects.toThrow("my:index:Thing");
  });

  test("keeps runs apart, also at the same time", async () => {
    const config = (title: string) => ({ ...minimalConfig, course: { title } });
    const [a, b] = await Promise.all([
      runProgram({ config: config("A"), stack: "a" }),
      runProgram({ config: config("B"), stack: "b" }),
    ]);
    expect(a.resources.length).toBe(b.resources.length);
    expect(a.resources.every(({ urn }) => urn.startsWith("urn:pulumi:a::"))).toBe(true);
    expect(b.resources.every(({ urn }) => urn.startsWith("urn:pulumi:b::"))).toBe(true);
  });

  test("leaves unknown in a preview what only a provider can say", async () => {
    const { resources } = await runProgram({ config: minimalConfig, preview: true });
    const host = resources.find(({ type }) => type === "pulumi:providers:docker")?.inputs.host;
    expect(host).toBe(unknown);
  });
});
