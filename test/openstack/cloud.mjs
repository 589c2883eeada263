// @ts-check
// What the tests do to the cloud by hand, and what they look for in it.
import { join } from "node:path";
import { logIn } from "../../scripts/lib/cloud/openstackClient.mjs";
import { findCredentials } from "../../scripts/lib/cloud/openstackCredentials.mjs";
import { must } from "../../scripts/lib/command/run.mjs";
import { cloud } from "./bed.mjs";

const root = join(import.meta.dirname, "..", "..");

/** Logs in as the program does. */
function open() {
  const wanted = { cloud: cloud.name, region: undefined };
  return logIn(findCredentials(wanted, { ...process.env, ...cloud.environment }, root));
}

/** The port of the cloud's object storage, on the address that its machines reach. */
export async function objectStorePort() {
  return new URL((await open()).endpoint("object") ?? "").port;
}

/**
 * What a list of the cloud's has.
 * @param {import("../../scripts/lib/cloud/openstackClient.mjs").Cloud} api
 * @param {import("../../scripts/lib/cloud/openstackClient.mjs").Service} service
 * @param {string} path
 * @param {string} key
 */
async function named(api, service, path, key) {
  const answer = /** @type {Record<string, { id: string, name?: string, status?: string }[]>} */ (
    await api.get(service, path)
  );
  return answer[key] ?? [];
}

/**
 * Deletes a VM, as somebody does by mistake in the cloud's dashboard, and waits until it is gone.
 * @param {string} name
 */
export async function deleteServer(name) {
  const api = await open();
  const find = async () =>
    (await named(api, "compute", "/servers", "servers")).find((one) => one.name === name);
  const server = await find();
  if (server === undefined) throw new Error(`There is no VM ${name}`);
  const { status } = await fetch(`${api.endpoint("compute") ?? ""}/servers/${server.id}`, {
    method: "DELETE",
    headers: { "X-Auth-Token": api.token },
  });
  if (status !== 204) throw new Error(`DELETE of ${name}: ${String(status)}`);
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await find()) === undefined) return;
    // Between two looks: the cloud tells nobody when a VM is gone.
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  throw new Error(`${name} is still there`);
}

/**
 * Everything in the project whose name or description is a stack's.
 * @param {string} prefix
 * @returns {Promise<string[]>} "kind name"
 */
export async function inCloud(prefix) {
  const api = await open();
  /** @type {[import("../../scripts/lib/cloud/openstackClient.mjs").Service, string, string][]} */
  const lists = [
    ["compute", "/servers", "servers"],
    ["compute", "/os-keypairs", "keypairs"],
    ["compute", "/os-server-groups", "server_groups"],
    ["network", "/networks", "networks"],
    ["network", "/subnets", "subnets"],
    ["network", "/routers", "routers"],
    ["network", "/ports", "ports"],
    ["network", "/security-groups", "security_groups"],
    ["network", "/floatingips", "floatingips"],
    ["volume", "/volumes", "volumes"],
    ["object", "?format=json", ""],
  ];
  const found = await Promise.all(
    lists.map(async ([service, path, key]) => {
      /** @type {unknown} */
      const answer = await api.get(service, path);
      const things = key === "" ? answer : at(answer, key);
      return (Array.isArray(things) ? things : [])
        .map((thing) => at(thing, "keypair") ?? /** @type {unknown} */ (thing))
        .map((thing) => [at(thing, "name"), at(thing, "description")])
        .map((texts) => texts.filter((text) => typeof text === "string"))
        .flatMap((texts) => texts.find((text) => text.includes(prefix)) ?? [])
        .map((text) => `${key === "" ? "containers" : key} ${text}`);
    }),
  );
  return [...found.flat(), ...(await credentials(prefix))].sort();
}

/**
 * Runs the cloud's own client, as the operator.
 * @param {string} doing
 * @param {string[]} words
 */
const client = (doing, ...words) =>
  must("openstack", ["--os-cloud", cloud.name, ...words], {
    doing,
    env: { ...process.env, ...cloud.environment },
  });

/**
 * A volume by its name.
 * @param {string} name
 */
export async function volumeCalled(name) {
  const api = await open();
  const found = (await named(api, "volume", "/volumes/detail", "volumes")).filter(
    (one) => one.name === name,
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`The cloud has ${String(found.length)} volumes ${name}`);
  }
  return only;
}

/**
 * Copies a volume that no machine has.
 * @param {string} from
 * @param {string} to
 */
export async function copyVolume(from, to) {
  const { id } = await volumeCalled(from);
  await client(`Copying ${from}`, "volume", "create", "--source", id, to);
  for (let tries = 0; tries < 120; tries += 1) {
    const { status } = await volumeCalled(to);
    if (status === "available") return;
    if (status === "error") break;
    // Between two looks, as above.
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  throw new Error(`${to} does not become a copy of ${from}`);
}

/**
 * Deletes what the end of a semester leaves in the cloud, as somebody does who needs none of it.
 * @param {string} stack
 */
export async function deleteKept(stack) {
  for (const thing of await inCloud(`semesterhub-${stack}-`)) {
    const [kind = "", name = ""] = thing.split(" ");
    const doing = `Deleting ${name}`;
    if (kind === "volumes") await client(doing, "volume", "delete", (await volumeCalled(name)).id);
    if (kind === "containers") await client(doing, "container", "delete", "--recursive", name);
  }
}

/**
 * Credentials made for a stack. They are a person's, not the project's: Keystone lists them apart.
 * @param {string} prefix
 */
async function credentials(prefix) {
  const list = ["application", "credential", "list", "-f", "value", "-c", "Name"];
  const listed = await client("Listing application credentials", ...list);
  const names = listed.split("\n").filter((name) => name.includes(prefix));
  return names.map((name) => `credentials ${name}`);
}

/**
 * @param {unknown} thing
 * @param {string} key
 * @returns {unknown}
 */
function at(thing, key) {
  return typeof thing === "object" && thing !== null ? Reflect.get(thing, key) : undefined;
}
