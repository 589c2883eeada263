// One more node: what is declared for the machines that are there stays as it is, to the last input.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { valid } from "../configHelp";
import { runProgram, type Program } from "../harness";
import { prod } from "../prod";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
const keyFile = join(folder, "key");
writeFileSync(keyFile, "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const nodes = (count: number, base: string) =>
  Array.from({ length: count }, (_, index) => ({ address: `${base}.${20 + index}` }));
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
const platforms: readonly (readonly [string, (count: number) => object])[] = [
  ["hosts", onHosts("10.0.5")],
  ["hosts on the internet", onHosts("203.0.113")],
  [
    "hosts with a shared file system",
    (count) => ({
      ...onHosts("10.0.5")(count),
      storage: { path: "/srv/course", shared: true },
    }),
  ],
  ["openstack", (count) => ({ ...prod, openstack: { ...prod.openstack, nodes: { count } } })],
];

/** Everything that decides whether a resource changes. */
const declared = ({ resources }: Program) =>
  new Map(
    resources.map(({ urn, inputs, provider, protect, ignoreChanges }) => [
      urn,
      JSON.stringify({ inputs, provider, protect, ignoreChanges }),
    ]),
  );

test.each(platforms)(
  "on %s, a fifth node adds its own resources and changes nothing",
  async (_, config) => {
    const run = async (count: number) => {
      const program = await runProgram({ stack: "prod", config: { ...config(count) } });
      expect(program.error?.message).toBeUndefined();
      return declared(program);
    };
    const [four, five] = [await run(4), await run(5)];
    const changed = [...four].filter(([urn, was]) => five.get(urn) !== was);
    expect(changed.map(([urn]) => urn)).toEqual([]);
    const added = [...five.keys()].filter((urn) => !four.has(urn));
    expect(added.length).toBeGreaterThan(10);
    for (const urn of added) expect(urn).toMatch(/node-5/);
  },
);
