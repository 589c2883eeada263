import { comparePlans, type Change } from "../../../scripts/plan/compare";
import { formatComment } from "../../../scripts/plan/comment";
import { effectOf } from "../../../scripts/plan/effects/rules";
import { goldenText, readPlan } from "../../../scripts/plan/golden";
import { typeOf, type Plan, type PlannedResource } from "../../../scripts/plan/plan";

const golden = (stack: string): Plan => readPlan(goldenText(stack) ?? "");
const stacks = ["dev", "prod", "hosts"].map(golden);

/** A plan in which one resource differs. */
function withResource(plan: Plan, key: string, resource: PlannedResource | undefined): Plan {
  const others = Object.entries(plan.resources).filter(([other]) => other !== key);
  return {
    ...plan,
    resources: Object.fromEntries(resource ? [...others, [key, resource]] : others),
  };
}

/** A plan of one resource, or none. */
const alone = (plan: Plan, key: string, resource?: PlannedResource): Plan => ({
  ...plan,
  resources: resource ? { [key]: resource } : {},
});

/** The one change between two plans. */
function onlyChange(base: Plan, head: Plan): Change {
  const [change, ...others] = comparePlans(base, head);
  if (!change || others.length > 0) throw new Error(`${others.length + 1} changes`);
  return change;
}

function resourcesOf(plan: Plan): [string, PlannedResource][] {
  return Object.entries(plan.resources);
}

test("no resource of any example comes, goes or changes without a rule that knows it", () => {
  const unknown = stacks.flatMap((plan) =>
    resourcesOf(plan).flatMap(([key, resource]) => {
      const inputs = Object.keys(resource.inputs ?? {});
      const changed = inputs.map((input) => ({
        ...resource,
        inputs: { ...resource.inputs, [input]: "changed" },
      }));
      const pairs = [
        [undefined, resource],
        [resource, undefined],
        ...changed.map((after) => [resource, after] as const),
      ] as const;
      return pairs.flatMap(([before, after]) =>
        comparePlans(alone(plan, key, before), alone(plan, key, after))
          .filter((change) => effectOf(change, { base: plan, head: plan }).level === "unknown")
          .map(({ kind }) => `${kind} ${key}`),
      );
    }),
  );
  expect([...new Set(unknown)]).toEqual([]);
});

/** The first resource that a test means, in one of the examples. */
function find(type: string, wanted: (resource: PlannedResource, key: string) => boolean) {
  for (const plan of stacks) {
    const found = resourcesOf(plan).find(([key, it]) => typeOf(key) === type && wanted(it, key));
    if (found) return { plan, key: found[0], resource: found[1] };
  }
  throw new Error(`No ${type} like that in the examples`);
}

const named = (role: string) => (it: PlannedResource) =>
  new RegExp(`^semesterhub-\\w+-${role}$`).test(String(it.inputs?.name));
const script = (name: RegExp) => (it: PlannedResource) => name.test(String(it.inputs?.create));
const any = () => true;

/** What is done to it: an input's new value by path, or that it goes. */
type Doing = Readonly<Record<string, unknown>> | "goes";

test.each<[string, string, (it: PlannedResource) => boolean, Doing, string]>([
  ["the hub's image", "docker:Service", named("hub"), { image: "other" }, "hubAway"],
  ["chp's image", "docker:Service", named("chp"), { image: "other" }, "reconnects"],
  ["the homes service", "docker:Service", named("homes"), { image: "other" }, "waits"],
  ["the culler", "docker:Service", named("cull"), { image: "other" }, "nothing"],
  ["the backup service", "docker:Service", named("backup"), { image: "other" }, "nothing"],
  ["the registry", "docker:Service", named("registry"), { image: "other" }, "nothing"],
  ["nginx", "docker:Container", named("proxy"), { image: "other" }, "offline"],
  ["a firewall", "docker:Container", named("firewall"), { image: "other" }, "waits"],
  ["the hub taken away", "docker:Service", named("hub"), "goes", "stops"],
  ["the course's network", "docker:Network", named("course"), { ipamConfigs: [] }, "stops"],
  ["the hub's settings", "docker:ServiceConfig", any, { data: "{}" }, "nothing"],
  ["the passphrase", "random:RandomPassword", ({ protect }) => protect === true, "goes", "refused"],
  ["the volume", "openstack:blockstorage:Volume", any, { size: 1 }, "nothing"],
  ["the volume taken away", "openstack:blockstorage:Volume", any, "goes", "refused"],
  ["a VM's flavor", "openstack:compute:Instance", any, { flavorName: "other" }, "stops"],
  ["a VM's network", "openstack:compute:Instance", any, { networks: [] }, "stops"],
  ["a VM's user data", "openstack:compute:Instance", any, { userData: "other" }, "none at all"],
  ["the cloud's subnet", "openstack:networking:Subnet", any, { cidr: "10.0.0.0/24" }, "stops"],
  ["the address", "openstack:networking:FloatingIp", any, { pool: "other" }, "offline"],
  [
    "the files' folder",
    "command:remote:Command",
    script(/tree\.sh/),
    { "environment.STORAGE": "/x" },
    "refused",
  ],
  ["a node taken away", "command:remote:Command", script(/node-open\.sh/), "goes", "drains"],
  [
    "the Swarm's address",
    "command:remote:Command",
    script(/(^|\/)(swarm|manager)\.sh/),
    { "environment.ADVERTISE": "x" },
    "stops",
  ],
  [
    "a node's mount",
    "command:remote:Command",
    script(/nfs-mount\.sh/),
    { "environment.SERVER": "x" },
    "stops",
  ],
  [
    "a step on a machine",
    "command:remote:Command",
    script(/base(line)?\.sh/),
    { "environment.RULES": "x" },
    "nothing",
  ],
])("%s: %s", (_, type, wanted, doing, level) => {
  const { plan, key, resource } = find(type, wanted);
  const head = withResource(plan, key, doing === "goes" ? undefined : changed(resource, doing));
  const effects = comparePlans(plan, head).map((change) => effectOf(change, { base: plan, head }));
  expect(effects.map((effect) => effect.level)).toEqual(level === "none at all" ? [] : [level]);
});

function changed(resource: PlannedResource, doing: Exclude<Doing, "goes">): PlannedResource {
  const inputs = structuredClone(resource.inputs) as Record<string, unknown>;
  for (const [path, value] of Object.entries(doing)) {
    const [section = "", leaf] = path.split(".");
    const spec = (inputs.taskSpec as { containerSpec: Record<string, unknown> } | undefined)
      ?.containerSpec;
    if (path === "image" && spec) spec.image = value;
    else if (leaf === undefined) inputs[section] = value;
    else (inputs[section] as Record<string, unknown>)[leaf] = value;
  }
  return { ...resource, inputs };
}

test("each effect is on the machine where the changed thing is", () => {
  const machine = (type: string, wanted: (it: PlannedResource) => boolean, stack: Plan) => {
    const [key = ""] =
      resourcesOf(stack).find(([one, it]) => typeOf(one) === type && wanted(it)) ?? [];
    const head = withResource(stack, key, undefined);
    return effectOf(onlyChange(stack, head), { base: stack, head }).machine;
  };
  const [dev, , hosts] = stacks as [Plan, Plan, Plan];
  expect(machine("docker:Service", named("hub"), dev)).toBe("this computer");
  expect(machine("docker:Service", named("hub"), hosts)).toBe("hub");
  expect(machine("docker:Container", named("proxy"), hosts)).toBe("proxy");
  expect(machine("docker:Container", named("firewall"), hosts)).toBe("anna");
  expect(machine("command:remote:Command", script(/nfs-mount\.sh/), hosts)).toBe("anna");
});

test("a comment that GitHub would refuse for its length says less, and where the rest is", () => {
  const [, prod] = stacks as [Plan, Plan];
  const head = {
    ...prod,
    resources: Object.fromEntries(
      resourcesOf(prod).flatMap(([key, resource]) =>
        Array.from({ length: 5 }, (_, copy) => [`${key}-${copy}`, resource]),
      ),
    ),
  };
  const comment = formatComment([{ stack: "prod", base: prod, head }]);
  expect(comment.length).toBeLessThan(60_000);
  expect(comment).toContain("`git diff` of `plans/` has them");
});
