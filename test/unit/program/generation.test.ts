// A machine that another one has taken the place of: a key of the configuration, and what it makes again.
import { valid } from "../lib/configHelp";
import { runProgram, type Program, type Registration } from "../lib/harness";
import { onCampus } from "../lib/several";
import { prod } from "../lib/prod";
import { unpacked } from "../../../scripts/plan/mocks";

type Generations = Readonly<Record<string, number>>;
const campus = onCampus();
const hosts = (generations: Generations = {}) => ({
  ...valid.hosts,
  hosts: {
    ...campus.hosts,
    ...Object.fromEntries(
      (["proxy", "hub"] as const).map((name) => [
        name,
        { ...campus.hosts[name], generation: generations[name] ?? 1 },
      ]),
    ),
    nodes: ["anna", "bert"].map((name, index) => ({
      name,
      address: `203.0.113.${20 + index}`,
      generation: generations[name] ?? 1,
    })),
  },
});
const cloud = (generations: Generations = {}) => ({
  ...prod,
  openstack: { ...prod.openstack, nodes: { count: 2 }, generations },
});
const platforms = [
  ["hosts", hosts, ["proxy", "hub", "anna"]],
  ["openstack", cloud, ["proxy", "hub", "node-1"]],
] as const;

async function run(config: object): Promise<Program> {
  const program = await runProgram({ stack: "prod", config: { ...config } });
  expect(program.error?.message).toBeUndefined();
  return program;
}

const differs = (one: Registration, other: Registration | undefined) =>
  JSON.stringify([one.inputs, one.replacementTrigger]) !==
  JSON.stringify([other?.inputs, other?.replacementTrigger]);
const commands = (program: Program, machine: string) =>
  program
    .byType("command:remote:Command")
    .filter(({ inputs }) => unpacked(inputs.stdin).environment["SEMESTERHUB_MACHINE"] === machine);

describe.each(platforms)("on %s", (kind, configure, machines) => {
  test.each(machines)(
    "all that was done on %s is done again, and nothing elsewhere",
    async (name) => {
      const [before, after] = [await run(configure()), await run(configure({ [name]: 2 }))];
      const was = new Map(before.resources.map((resource) => [resource.urn, resource]));
      const mine = commands(after, name);
      expect(mine.length).toBeGreaterThan(4);
      for (const one of mine) {
        // The bastion's own step for another machine reads that one's host key, once.
        // A login does nothing but hold the key that goes at the end.
        if (/-(hostkey|login)$/.test(one.name)) continue;
        expect([one.name, differs(one, was.get(one.urn))]).toEqual([one.name, true]);
      }
      const others = after.resources.filter((one) => !mine.includes(one));
      const changed = others.filter((one) => differs(one, was.get(one.urn))).map((one) => one.name);
      const own = name === "proxy" || name === "hub" ? name : `nodes-${name}`;
      const container =
        name === "proxy" ? "proxy" : name === "hub" ? "hub-generation" : `firewall-${name}`;
      expect(changed.sort()).toEqual(
        [
          ...(kind === "hosts" ? [`${own}-access`, `${own}-hostkey`] : [`${name}-vm`]),
          container,
        ].sort(),
      );
    },
  );

  test("all in the manager's engine is replaced with its machine, and not looked for", async () => {
    const program = await run(configure());
    const born = program.byName("hub-generation");
    const contents = program.byName("hub-contents");
    const inside = program.resources.filter(({ provider }) =>
      provider.includes("::hub-provider::"),
    );
    expect(inside.length).toBeGreaterThan(30);
    for (const { name, replaceWith, deletedWith } of inside) {
      expect([name, replaceWith, deletedWith]).toEqual([name, [born.urn], contents.urn]);
    }
    // Both gone at once, before anything is made again.
    expect(born).toMatchObject({ deleteBeforeReplace: true, replaceWith: [] });
    expect(contents.replaceWith).toEqual([born.urn]);
  });

  test("at the end of a semester it is deleted, since the marker that it goes with stays", async () => {
    const program = await run(configure());
    const kept = program.byName("hub-contents-kept");
    expect(kept).toMatchObject({ protect: true, replaceWith: [], deletedWith: "" });
    expect(kept.dependencies).toEqual([program.byName("hub-contents").urn]);
    // What is protected keeps all that it came from: no machine, no command.
    expect(program.byName("hub-contents").dependencies).toEqual([
      program.byName("hub-generation").urn,
    ]);
    expect(program.byName("hub-generation").dependencies).toEqual([]);
  });
});

test("on this computer, all in the engine is made again, and everything on it is done again", async () => {
  const here = (generation: number) => run({ ...valid.local, local: { generation } });
  const [before, after] = [await here(1), await here(2)];
  const changed = after.resources
    .filter((one) =>
      differs(
        one,
        before.resources.find(({ urn }) => urn === one.urn),
      ),
    )
    .map(({ name }) => name);
  // The check of how a semester is ended is no step on a machine.
  const done = after
    .byType("command:local:Command")
    .map(({ name }) => name)
    .filter((name) => name !== "destroy-form");
  expect(changed.sort()).toEqual(["local", "local-generation", ...done].sort());
  // First it removes what an engine that left its Swarm still has: no Swarm is there yet.
  const cleared = after.byName("local-engine").urn;
  for (const { name, dependencies } of after.byType("command:local:Command")) {
    if (["local-engine", "destroy-form"].includes(name)) continue;
    expect([name, ...dependencies]).toContain(cleared);
  }
  const inside = after.resources.filter(({ provider }) => provider.includes("::local-docker::"));
  expect(inside.length).toBeGreaterThan(20);
  for (const { name, replaceWith, deletedWith } of inside) {
    expect([name, replaceWith, deletedWith]).toEqual([
      name,
      [after.byName("local-generation").urn],
      after.byName("local-contents").urn,
    ]);
  }
});
