// What a cloud lacks is said in a preview, all of it, with the key and what to do.
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import {
  judgeCloud,
  refuseMissing,
  type CloudFindings,
} from "../../../../../components/machines/openstack/cloudCheck";
import type { OpenStackConfig } from "../../../../../config/types";
import { calls, type Inputs } from "../../../../../scripts/plan/mocks";
import { accepted, changed, valid } from "../../../lib/configHelp";
import { runProgram } from "../../../lib/harness";
import { declared } from "../../../lib/openstack";

const gibibyte = 2 ** 30;

function course(keys: object = {}): OpenStackConfig {
  const { platform } = accepted(valid.openstack, {
    proxy: { domain: "hub.example.edu" },
    openstack: changed(valid.openstack.openstack, keys),
  });
  if (platform.kind !== "openstack") throw new Error("another platform");
  return platform;
}
const large = { ram: 16384, vcpus: 8, disk: 40 };
const whole: CloudFindings = {
  flavors: { proxy: large, hub: large, node: large },
  image: { minDiskGb: 5, minRamMb: 512 },
  networks: [{ place: [["openstack", "network", "externalNetwork"], "public"], found: {} }],
  limits: { maxTotalInstances: 4, maxTotalCores: 32, maxTotalRamSize: 4 * 16384 },
};
const judge = (findings: Partial<CloudFindings>, keys: object = {}) =>
  judgeCloud(
    { stack: "prod", openstack: course(keys), studentMemory: gibibyte },
    { ...whole, ...findings },
  ).map(({ path, value, problem, fix }) => [path.join("."), value, problem, fix]);

test("a cloud that has everything, to the last VM of the quota", () => {
  expect(judge({})).toEqual([]);
  expect(
    judge({ limits: { maxTotalInstances: -1, maxTotalCores: -1, maxTotalRamSize: -1 } }),
  ).toEqual([]);
});

const flavors = (node: object | string) =>
  ({ flavors: { ...whole.flavors, node } }) as Partial<CloudFindings>;
const network = (found: "none" | "several") => ({
  networks: whole.networks.map((one) => ({ ...one, found })),
});

test.each<[string, Partial<CloudFindings>, object, unknown[]]>([
  ["no such flavor", flavors("none"), {}, ["openstack.flavors.node", "l", "no flavor", "flavor list"]],
  ["no disk", flavors({ ...large, disk: 0 }), {}, ["openstack.flavors.node", "l", "no disk of its own", "bootVolumeGb"]],
  ["no room for a student", flavors({ ...large, ram: 768 }), {}, ["openstack.flavors.node", "l", "768M of memory, and one student's server may use 1G", "larger flavor"]],
  ["a disk too small for the image", { image: { minDiskGb: 41, minRamMb: 0 } }, { flavors: { proxy: "s", hub: "s", node: "s" }, nodes: { count: 0 } }, ["openstack.flavors.proxy", "s", "a disk of 41 GB", "larger flavor"]],
  ["no such image", { image: "none" }, {}, ["openstack.image", "debian-13", "no image", "image list"]],
  ["two such images", { image: "several" }, {}, ["openstack.image", "debian-13", "several images", "image set --name"]],
  ["no such network", network("none"), {}, ["openstack.network.externalNetwork", "public", "no external network", "network list --external"]],
  ["two such networks", network("several"), {}, ["openstack.network.externalNetwork", "public", "several", "the ID"]],
  ["no such zone", { zone: "none" }, { dnsZone: "example.edu" }, ["openstack.dnsZone", "example.edu", "no zone", "zone list"]],
  ["a quota that is too small", { limits: { maxTotalInstances: 3, maxTotalCores: 32, maxTotalRamSize: 65535 } }, {}, ["openstack.nodes.count", 2, "4 VMs of at most 3, 65536 MB of memory of at most 65535", "fewer nodes"]],
])("%s", (_, findings, keys, [path, value, problem, fix]) => {
  const [first] = judge(findings, keys);
  expect(first).toEqual([path, value, expect.stringContaining(String(problem)), expect.stringContaining(String(fix))]);
}); // prettier-ignore

describe("asking", () => {
  const answers = calls as Record<string, (inputs: Inputs) => Record<string, unknown>>;
  const usual = { ...answers };
  afterEach(() => {
    Object.assign(answers, usual);
  });
  const fails = (token: string, why: string) => {
    answers[token] = () => {
      // As gRPC tells of it.
      const details = `invocation of ${token} returned an error: 1 error occurred: * ${why}`;
      throw Object.assign(new Error(details), { details });
    };
  };
  const none = "Your query returned no results. Please change your search criteria and try again.";
  const flavor = "openstack:compute/getFlavor:getFlavor";
  const image = "openstack:images/getImage:getImage";

  async function ask(): Promise<Error | undefined> {
    const { error } = await runProgram({
      config: {},
      entry: () => {
        const provider = new openstack.Provider("api", {});
        const args = { stack: "prod", openstack: course(), studentMemory: gibibyte };
        return refuseMissing(args, { provider });
      },
    });
    return error;
  }

  test("all that is missing is in one message", async () => {
    fails(flavor, none);
    fails(image, "Your query returned more than one result. Please try a more specific search.");
    const error = await ask();
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect(error?.message).toContain(
      "The configuration has 4 problems (Pulumi.prod.yaml). Nothing was changed.",
    );
    expect(error?.message).toContain('semesterhub:openstack.flavors.node: "l"');
    expect(error?.message).toContain('semesterhub:openstack.image: "debian-13"');
  });

  test("a cloud that does not answer is not one that lacks something", async () => {
    fails(image, "Error creating OpenStack image client: connection refused");
    expect((await ask())?.message).toContain("connection refused");
  });

  test("a cloud that keeps its limits to itself is no obstacle", async () => {
    fails("openstack:compute/getLimitsV2:getLimitsV2", "Forbidden");
    expect(await ask()).toBeUndefined();
  });

  test("the program asks, of each machine's flavor", async () => {
    const asked: unknown[] = [];
    answers[flavor] = ({ name }) => {
      asked.push(name);
      return usual[flavor]?.({ name }) ?? {};
    };
    const program = await declared();
    expect(asked.sort()).toEqual(["large", "small", "xlarge"]);
    // All that is made has the provider that waits for the answers.
    const { dependencies } = program.byName("cloud-api");
    expect(dependencies).toContain(program.byName("cloud-lookups").urn);
  });
});
