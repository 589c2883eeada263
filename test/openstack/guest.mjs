// @ts-check
// The machines' image: the cloud's own Debian with the packages that the steps would install.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../../scripts/lib/run.mjs";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, ".semesterhub", "openstack");

/** What it is called in the cloud, and what it is made of. */
export const guest = { name: "debian-semesterhub", from: "debian" };

/**
 * Makes the image, unless the cloud has it.
 * @param {{ name: string, environment: Record<string, string> }} cloud
 */
export async function guestUp(cloud) {
  const options = { env: { ...process.env, ...cloud.environment } };
  const words = ["--os-cloud", cloud.name, "image"];
  const there = await run("openstack", [...words, "show", guest.name], options);
  if (there.code === 0) return;
  mkdirSync(folder, { recursive: true });
  const [from, to] = [join(folder, "from.qcow2"), join(folder, "guest.qcow2")];
  const doing = "Making the machines' image";
  await must("openstack", [...words, "save", "--file", from, guest.from], { doing, ...options });
  await must(join(import.meta.dirname, "guest.sh"), [from, to], { doing });
  const form = ["--disk-format", "qcow2", "--container-format", "bare", "--file", to];
  const needs = ["--min-disk", "3", "--min-ram", "512", "--property", "hw_rng_model=virtio"];
  await must("openstack", [...words, "create", ...form, ...needs, guest.name], {
    doing,
    ...options,
  });
  for (const file of [from, to]) rmSync(file);
}
