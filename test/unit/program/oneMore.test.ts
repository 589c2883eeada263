// One more node, or a node made anew: what is declared for the machines that are there stays as it is,
// to the last input.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { valid } from "../lib/configHelp";
import { fakeMachines } from "../lib/fakeMachines";
import { runProgram, type Program } from "../lib/harness";
import { prod } from "../lib/prod";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const keyFile = join(folder, "key");
writeFileSync(keyFile, "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const nodes = (count: number, base: string) =>
  Array.from({ length: count }, (_, index) => ({
    name: `node-${index + 1}`,
    address: `${base}.${20 + index}`,
  }));
/** Machines on a private network, and machines whose addresses are of the internet. */
const onHosts = (base: string) => (count: number) => ({
  ...valid.hosts,
  hosts: {
    keyFile,
    adminCidrs: ["198.51.100.0/24"],
    proxy: { address: `${base}.10` },
    hub: { address: `${base}.11` },
    nodes: nodes(count, base),
  },
});
/** With so many nodes to begin with: four once, for what only several have in common. */
const platforms: readonly (readonly [string, number, (count: number) => object])[] = [
  ["hosts", 4, onHosts("10.0.5")],
  [
    "hosts on the internet, with a shared file system",
    1,
    (count) => ({
      ...onHosts("203.0.113")(count),
      storage: { path: "/srv/course", shared: true },
    }),
  ],
  [
    "openstack, with a machine of its own for the files",
    1,
    (count) => ({
      ...prod,
      openstack: {
        ...prod.openstack,
        flavors: { ...prod.openstack.flavors, storage: "xl" },
        nodes: { count },
      },
    }),
  ],
];

/** Everything that decides whether a resource changes. */
const declared = ({ resources }: Program) =>
  new Map(
    resources.map(({ urn, inputs, provider, protect, ignoreChanges }) => [
      urn,
      JSON.stringify({ inputs, provider, protect, ignoreChanges }),
    ]),
  );

/** What is there in both and not the same. */
const changed = (before: Map<string, string>, after: Map<string, string>) =>
  [...before].filter(([urn, was]) => after.get(urn) !== was).map(([urn]) => urn);

test.each(platforms)(
  "on %s with nodes: %d, one more adds its own resources and changes nothing",
  async (_, count, config) => {
    const run = async (nodes: number) => {
      const program = await runProgram({ stack: "prod", config: { ...config(nodes) } });
      expect(program.error?.message).toBeUndefined();
      return declared(program);
    };
    const [before, after] = [await run(count), await run(count + 1)];
    expect(changed(before, after)).toEqual([]);
    const added = [...after.keys()].filter((urn) => !before.has(urn));
    expect(added.length).toBeGreaterThan(10);
    for (const urn of added) expect(urn).toContain(`node-${count + 1}`);
  },
);

test("a node that was made anew gets its firewall again, and nobody else is touched", async () => {
  const run = async (made: Readonly<Record<string, number>>) =>
    declared(await runProgram({ stack: "prod", config: prod, machines: fakeMachines(2, made) }));
  const urns = changed(await run({}), await run({ "node-2": 1 }));
  expect(urns.map((urn) => urn.split("::").at(-1))).toEqual(["firewall-node-2"]);
});

describe("without one of three nodes", () => {
  const names = ["node-1", "node-2", "node-3"];
  const hosts = onHosts("10.0.5")(3);
  const cloud = (without: number) => ({
    ...prod,
    openstack: {
      ...prod.openstack,
      nodes: { count: without ? 2 : 3, ...(without && { without: [without] }) },
    },
  });
  const exist = (without: number) => ({
    ...hosts,
    hosts: { ...hosts.hosts, nodes: hosts.hosts.nodes.filter((_, index) => index + 1 !== without) },
  });

  test.each([
    ["hosts", exist],
    ["openstack", cloud],
  ] as const)("on %s, only what is that node's goes, and nothing changes", async (_, config) => {
    const run = async (without: number) => {
      const program = await runProgram({ stack: "prod", config: { ...config(without) } });
      expect(program.error?.message).toBeUndefined();
      return declared(program);
    };
    const all = await run(0);
    for (const [index, name] of names.entries()) {
      const fewer = await run(index + 1);
      const gone = [...all.keys()].filter((urn) => !fewer.has(urn));
      expect(gone.length).toBeGreaterThan(10);
      for (const urn of gone) expect(urn).toContain(name);
      expect([...fewer].filter(([urn, is]) => all.get(urn) !== is).map(([urn]) => urn)).toEqual([]);
    }
  });
});
