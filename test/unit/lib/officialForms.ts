/**
 * The forms in which the official Docker and Command plugins report what they were given. A resource
 * that is declared in another form shows a change, or a replacement, at every preview; a Service that
 * is updated for it restarts its task.
 */
import { containerDuration, serviceDuration } from "../../../components/lib/duration";
import { unknown } from "./harness";
import { container, list, of, tree, type Rule, type Tree } from "./rule";

/** Properties that are durations, wherever they stand. */
const durations = new Set([
  "interval",
  "timeout",
  "startPeriod",
  "startInterval",
  "delay",
  "window",
  "monitor",
  "stopGracePeriod",
]);

/** Every value under a property of such a name. */
function valuesOf(names: ReadonlySet<string>, value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(names, item));
  return Object.entries(tree(value)).flatMap(([name, inner]) =>
    names.has(name) && typeof inner !== "object" ? [inner] : valuesOf(names, inner),
  );
}

/** What is not the plugin's own spelling of its time. */
function misspelled(spelling: (seconds: number) => string, inputs: Tree): string | false {
  const wrong = valuesOf(durations, inputs)
    .map(String)
    .filter((text) => {
      const [, hours = 0, minutes = 0, seconds = 0] =
        /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
      return text !== spelling(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
    });
  return wrong.length > 0 && wrong.map((text) => `"${text}"`).join(", ");
}

const capabilities = (given: unknown): string | false => {
  const wrong = list(given).filter((name) => name !== "ALL" && !String(name).startsWith("CAP_"));
  return wrong.length > 0 && wrong.join(", ");
};

export const officialForms: Readonly<Record<string, Rule>> = {
  "a Service is on networks by their id": of("Service", ({ inputs }) => {
    const networks = list(tree(inputs.taskSpec).networksAdvanceds).map(tree);
    const named = networks.filter((network) => "name" in network || !("id" in network));
    return named.length > 0 && "a network without id, or with name";
  }),
  "a Service's restart policy has delay 0s and window 0s": of("Service", ({ inputs }) => {
    const { delay, window } = tree(tree(inputs.taskSpec).restartPolicy);
    return (
      (delay !== "0s" || window !== "0s") && `delay ${String(delay)}, window ${String(window)}`
    );
  }),
  // An empty one is as good as none: the plugin's schema calls it computed, and can't tell.
  "a Service whose image a registry has says its platform": of("Service", (service) => {
    const platforms = list(tree(tree(service.inputs.taskSpec).placement).platforms);
    const fetched = String(container(service).image).includes("@sha256:");
    return fetched && platforms.length === 0 && "no platform";
  }),
  "a Service's container has an environment": of(
    "Service",
    (service) =>
      Object.keys(tree(container(service).env)).length === 0 && "env is missing or empty",
  ),
  "a Service's durations are spelled as they are read": of("Service", ({ inputs }) =>
    misspelled(serviceDuration, inputs),
  ),
  "a Container's durations are spelled as they are read": of("Container", ({ inputs }) =>
    misspelled(containerDuration, inputs),
  ),
  "capabilities are named as the engine lists them": (resource) => {
    const own = resource.type.endsWith(":Service") ? container(resource) : resource.inputs;
    const { adds, drops } = tree(own.capabilities);
    return [own.capAdds, own.capDrops, adds, drops].map(capabilities).find(Boolean);
  },
  "a Container has memorySwap beside memory": of("Container", ({ inputs }) => {
    const { memory, memorySwap } = inputs;
    return (memory === undefined || memorySwap === undefined) && "memory or memorySwap is missing";
  }),
  // Without an address a port is published for IPv4 alone.
  "a Container's ports have their addresses, in the engine's order": of("Container", (resource) => {
    if (resource.inputs.ports === unknown) return false;
    const ports = list(resource.inputs.ports).map(tree);
    if (ports.some(({ ip }) => typeof ip !== "string")) return "a port without an address";
    const internal = ports.map((port) => Number(port.internal));
    const sorted = [...internal].sort((a, b) => a - b);
    if (internal.join() !== sorted.join()) return `in the order ${internal.join()}`;
    // Two bindings of one port are listed in an order that differs from engine to engine.
    if (new Set(internal).size < internal.length) return `twice ${internal.join()}`;
    const families = ports.filter(({ ip }) => ip === "::").length * 2;
    return families !== ports.length && "not for both IPv4 and IPv6";
  }),
  "a Network has a gateway beside each subnet": of("Network", ({ inputs }) => {
    const configs = list(inputs.ipamConfigs).map(tree);
    const whole = configs.filter(({ gateway, subnet }) => gateway && subnet);
    return (configs.length === 0 || whole.length < configs.length) && "gateway or subnet missing";
  }),
  // Swarm adds options, for which the official plugin would replace the network; ours show in a label.
  "a Network's options are not compared, and stand in a label": of("Network", (resource) => {
    const options = Object.keys(tree(resource.inputs.options));
    const labels = list(resource.inputs.labels).map(tree);
    const marked = labels.find(({ label }) => label === "semesterhub.options");
    return (
      options.length > 0 &&
      !(
        resource.ignoreChanges.includes("options") &&
        options.every((option) => String(marked?.value).includes(option))
      ) &&
      "options that are compared, or without a label"
    );
  }),
  "an Image says what platform it is built for": of(
    "Image",
    ({ inputs }) => !tree(inputs.build).platform && "no build.platform",
  ),
  "Secret and ServiceConfig get an automatic name": (resource) =>
    /:(Secret|ServiceConfig)$/.test(resource.type) && "name" in resource.inputs && "has a name",
  "Secret and ServiceConfig carry base64": (resource) =>
    /:(Secret|ServiceConfig)$/.test(resource.type) &&
    resource.inputs.data !== unknown &&
    !/^[A-Za-z0-9+/]+={0,2}$/.test(String(resource.inputs.data)) &&
    "data is not base64",
  "a Container is replaced for what can't be updated": of("Container", (resource) => {
    const missing = ["healthcheck", "init", "tmpfs"].filter(
      (input) => !resource.replaceOnChanges.includes(input),
    );
    return missing.length > 0 && `replaceOnChanges lacks ${missing.join(", ")}`;
  }),
  "a Command gets nothing of its last run": of(
    "Command",
    ({ inputs }) => inputs.addPreviousOutputInEnv !== false && "addPreviousOutputInEnv isn't false",
  ),
};
