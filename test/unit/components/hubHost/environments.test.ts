// The image that a course makes from its configuration: when it is another, and what waits for it.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentLists } from "../../../../config";
import { planEnvironment, stage } from "../../../../components/hubHost/environments";
import { planImage } from "../../../../components/hubHost/images";
import { fakeMachines } from "../../lib/fakeMachines";
import { minimalConfig, runProgram, type Program } from "../../lib/harness";
import { prod } from "../../lib/prod";

const nothing: EnvironmentLists = {
  ...{ requirements: [], packages: [], kernels: [], extensions: [], files: [] },
};
const file = {
  target: "/opt/course/run.sh",
  content: Buffer.from("#!/bin/sh\n"),
  executable: true,
};
const tagOf = (wanted: Partial<EnvironmentLists>) =>
  planEnvironment("images", "environment", { kind: "lists", ...nothing, ...wanted }).tag;

test.each<[string, Partial<EnvironmentLists>]>([
  ["a requirement", { requirements: ["sympy"] }],
  ["a Debian package", { packages: ["graphviz"] }],
  ["a kernel", { kernels: ["r"] }],
  ["an extension", { extensions: ["sympy"] }],
  ["a file", { files: [file] }],
  ["where a file goes", { files: [{ ...file, target: "/opt/course/go.sh" }] }],
  ["whether it can be run", { files: [{ ...file, executable: false }] }],
])("%s makes another image", (_, wanted) => {
  const others = [tagOf({}), tagOf({ files: [file] }), tagOf({ packages: ["sympy"] })];
  const own = tagOf(wanted);
  expect(others.filter((tag) => tag === own)).toHaveLength(wanted.files?.[0] === file ? 1 : 0);
  expect(tagOf(wanted)).toBe(own);
});

test("an image that somebody else made is another image for each name", () => {
  const plan = (image: string) =>
    planEnvironment("images", "environment", { kind: "image", image });
  const one = plan("quay.io/jupyter/r-notebook:2026-10-06");
  expect(one.buildArgs).toEqual({ BASE_IMAGE: "quay.io/jupyter/r-notebook:2026-10-06" });
  expect(one.from).toEqual([]);
  expect(plan("quay.io/jupyter/r-notebook:2026-10-13").tag).not.toBe(one.tag);
  expect(one.files?.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["Dockerfile", "adapt.py", "semesterhub_notebook/gate.py"]),
  );
});

test("the build context is put together under the name of what is in it", () => {
  const plan = planEnvironment("images", "environment", {
    kind: "lists",
    ...nothing,
    files: [file],
  });
  expect(plan.context).toBe(`.semesterhub/contexts/environment-${plan.hash}`);
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-stage-"));
  const usual = process.umask(0o077);
  try {
    const context = join(folder, "contexts", "one");
    stage({ ...plan, context });
    stage({ ...plan, context });
    expect(readFileSync(join(context, "Dockerfile"))).toEqual(
      readFileSync("images/environment/Dockerfile"),
    );
    expect(statSync(join(context, "root/opt/course/run.sh")).mode & 0o777).toBe(0o755);
    // an operator's umask would close the image's folders to students
    expect(statSync(join(context, "root/opt")).mode & 0o777).toBe(0o755);
    expect(statSync(join(context, "wanted/packages.txt")).mode & 0o777).toBe(0o644);
  } finally {
    process.umask(usual);
    rmSync(folder, { recursive: true });
  }
});

const environment = { kernels: ["r"], packages: ["graphviz"] };

/** What the engine runs only after a resource: all that depend on it, at any distance. */
function dependentsOf(program: Program, urn: string): ReadonlySet<string> {
  const found = new Set([urn]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const { urn: own, dependencies, propertyDependencies } of program.resources) {
      const all = [...dependencies, ...Object.values(propertyDependencies).flat()];
      if (all.some((other) => found.has(other))) found.add(own);
    }
  }
  return found;
}

const runs = (program: Program, service: string) => {
  const { taskSpec } = program.byName(service, "docker:index/service:Service").inputs;
  return (taskSpec as { containerSpec: { image: string } }).containerSpec.image;
};

describe.each([
  ["one machine", () => runProgram({ config: { ...minimalConfig, environment } })],
  [
    "several machines",
    () =>
      runProgram({
        stack: "prod",
        config: { ...prod, environment },
        machines: fakeMachines(2),
      }),
  ],
])("on %s", (machines, run) => {
  let program: Program;
  beforeAll(async () => {
    program = await run();
    expect(program.error?.message).toBeUndefined();
  });

  test("it is built on the notebook image", () => {
    const image = program.byName("environment-image");
    const base = program.byName("notebook-image");
    expect(image.inputs.imageName).toMatch(/^semesterhub\/environment:[0-9a-f]{12}$/);
    expect((image.inputs.build as { args: unknown }).args).toEqual({
      BASE_IMAGE: planImage("images", "notebook").tag,
    });
    expect(image.dependencies).toContain(base.urn);
  });

  test("no service or container changes before it could be built", () => {
    const after = dependentsOf(program, program.byName("environment-image").urn);
    const running = program.resources.filter(({ type }) =>
      ["docker:index/service:Service", "docker:index/container:Container"].includes(type),
    );
    expect(running.length).toBeGreaterThan(8);
    // the registry brings images to the machines; nobody of the course notices it
    const early = running.filter(({ urn, name }) => !after.has(urn) && name !== "registry");
    expect(early.map(({ name }) => name)).toEqual([]);
  });

  test("students' servers and the sandbox run it, the grading service the plain one's", () => {
    const { data } = program.byName("hub-settings").inputs;
    const name = machines === "one machine" ? "semesterhub/environment:" : "/environment:";
    expect(Buffer.from(String(data), "base64").toString()).toContain(name);
    expect(runs(program, "sandbox")).toContain(name);
    expect((program.byName("grading-image").inputs.build as { args: unknown }).args).toEqual({
      NOTEBOOK_IMAGE: planImage("images", "notebook").tag,
    });
  });
});

describe("profiles", () => {
  const profiles = [
    { name: "Usual" },
    { name: "R", memory: "2G", groups: ["staff"], environment: { kernels: ["r"] } },
    { name: "Other", environment: { image: "quay.io/jupyter/r-notebook:2026-10-06" } },
  ];
  let program: Program;
  beforeAll(async () => {
    program = await runProgram({
      stack: "prod",
      config: { ...prod, environment: { image: "example.edu/mine:1" }, profiles },
      machines: fakeMachines(2),
    });
    expect(program.error?.message).toBeUndefined();
  });

  test("each machine has every image ahead, before it is opened", () => {
    for (const node of ["node-1", "node-2"]) {
      const open = program.byName(`open-${node}`);
      // the sandbox needs the course's own, whatever students' servers are made from
      for (const image of ["notebook", "environment", "environment-r", "environment-other"]) {
        expect(open.dependencies).toContain(program.byName(`${image}-pull-${node}`).urn);
      }
    }
    expect(runs(program, "sandbox")).toContain("/notebook:");
  });

  test("the hub is told of each, with its image and limits", () => {
    const { data } = program.byName("hub-settings").inputs;
    const settings = JSON.parse(Buffer.from(String(data), "base64").toString()) as {
      readonly profiles: readonly { readonly image: string }[];
    };
    expect(settings.profiles).toMatchObject([
      { slug: "usual", name: "Usual", groups: [] },
      { slug: "r", memoryBytes: 2 * 2 ** 30, groups: ["staff"] },
      { slug: "other" },
    ]);
    expect(
      settings.profiles.map(({ image }) => /([a-z-]+):[0-9a-f]{12}@/.exec(image)?.[1]),
    ).toEqual(["environment", "environment-r", "environment-other"]);
    expect(Object.keys(settings.profiles[1] ?? {}).sort()).toEqual(
      [
        "slug",
        "name",
        "image",
        "memoryBytes",
        "memoryReservedBytes",
        "cpus",
        "cpusReserved",
        "groups",
      ].sort(),
    );
  });
});
