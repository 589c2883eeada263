// @ts-check
// The machines' image: the cloud's own Debian with what the machines' steps would install and pull.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { planImages } from "../../scripts/lib/images/imageStore.mjs";
import { must } from "../../scripts/lib/command/run.mjs";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".semesterhub", "openstack");

/** The cloud's own image that it is made of. */
const from = "debian";

/** What no course of these tests runs, so that the registry has none of it. */
const unused = ["acme", "alerts", "database", "monitoring"];

/**
 * What it holds: the course's images, as a registry has them.
 * @param {string} registry host and port
 */
const references = (registry) =>
  planImages()
    .filter(({ image }) => !unused.includes(image))
    .map(({ image, hash }) => `${registry}/semesterhub/${image}:${hash}`);

/**
 * What it is called in the cloud: another name where it holds other images.
 * @param {string} registry host and port
 */
export function guestName(registry) {
  const hash = createHash("sha256").update(references(registry).join("\n")).digest("hex");
  return `debian-semesterhub-${hash.slice(0, 8)}`;
}

/**
 * Makes the image, unless the cloud has it. The registry has the course's images by now.
 * @param {{ name: string, environment: Record<string, string> }} cloud
 * @param {string} registry host and port
 */
export async function guestUp(cloud, registry) {
  const options = { env: { ...process.env, ...cloud.environment } };
  const words = ["--os-cloud", cloud.name, "image"];
  const name = guestName(registry);
  const doing = "Making the machines' image";
  // An upload that was cut off leaves an image that never gets active.
  const list = [...words, "list", "--name", name, "--format", "value"];
  const images = await must("openstack", [...list, "--column", "ID", "--column", "Status"], {
    doing,
    ...options,
  });
  const found = images.split("\n").map((line) => line.split(" "));
  if (found.some(([, status]) => status === "active")) return;
  const broken = found.flatMap(([id = ""]) => (id === "" ? [] : [id]));
  if (broken.length > 0)
    await must("openstack", [...words, "delete", ...broken], { doing, ...options });
  mkdirSync(folder, { recursive: true });
  const [base, made] = [join(folder, "from.qcow2"), join(folder, "guest.qcow2")];
  await must("openstack", [...words, "save", "--file", base, from], { doing, ...options });
  const script = join(import.meta.dirname, "guest.sh");
  await must(script, [base, made, ...references(registry)], { doing, onLine: console.log });
  const form = ["--disk-format", "qcow2", "--container-format", "bare", "--file", made];
  const needs = ["--min-disk", "6", "--min-ram", "512", "--property", "hw_rng_model=virtio"];
  await must("openstack", [...words, "create", ...form, ...needs, name], { doing, ...options });
  for (const file of [base, made]) rmSync(file);
}
