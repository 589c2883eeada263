// @ts-check
// Machine containers: Debian machines for the `hosts` platform, side by side on this computer's engine,
// on a network of their own. What a container can't have is a kernel of its own: no NFS server, no XFS
// quota, no clock.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../../scripts/lib/command/run.mjs";
import { configuration, generationsIn, sharedFolder } from "./bedConfiguration.mjs";
import { booted } from "./machineBoot.mjs";
import { planRegistry, registryDown, registryUp } from "./registry.mjs";

const root = join(import.meta.dirname, "..", "..");
/** What `offline/base-image.sh` makes where it can't be pulled. */
const usualBase = "debian:trixie-slim";

/**
 * One machine container.
 * @typedef {object} TestMachine
 * @property {string} name as the configuration calls it
 * @property {string} container
 * @property {string} address
 * @property {string} user whom SSH logs in as
 * @property {string} memory what Docker lets it have
 */

/**
 * A bed of machines.
 * @typedef {object} Bed
 * @property {string} stack
 * @property {string} base the Debian image that the machines are made from
 * @property {string} image the machines' own
 * @property {string} network
 * @property {string} subnet
 * @property {string} gateway where this computer's connections come from
 * @property {string} keyFile
 * @property {readonly TestMachine[]} machines proxy, hub, storage where there is one, node-1, …
 * @property {number} configured how many of the nodes the configuration names
 * @property {import("./registry.mjs").Registry | undefined} registry where the images come from; absent:
 *   they are built on the hub's machine
 */

/** All that systemd and a Docker engine need, short of --privileged, which not every engine can give. */
const capabilities =
  "SYS_ADMIN NET_ADMIN SYS_PTRACE SYS_MODULE SYS_CHROOT SYS_TIME SYS_NICE SYS_TTY_CONFIG MKNOD " +
  "AUDIT_CONTROL AUDIT_WRITE AUDIT_READ SYSLOG IPC_LOCK LINUX_IMMUTABLE DAC_READ_SEARCH NET_RAW " +
  "NET_BIND_SERVICE SYS_BOOT SYS_RAWIO SYS_PACCT BLOCK_SUSPEND WAKE_ALARM LEASE MAC_ADMIN " +
  "MAC_OVERRIDE IPC_OWNER NET_BROADCAST";

const runArgs = [
  ...capabilities.split(" ").flatMap((name) => ["--cap-add", name]),
  ...[
    "seccomp=unconfined",
    "apparmor=unconfined",
    "systempaths=unconfined",
    // sudo; an engine may forbid it to every container by default.
    "no-new-privileges=false",
  ].flatMap((option) => ["--security-opt", option]),
  ...["-e", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"],
  ...["-v", "/sys/fs/cgroup:/sys/fs/cgroup", "--cgroupns", "host"],
  ...["--device-cgroup-rule", "a *:* rwm", "--tmpfs", "/run", "--tmpfs", "/tmp"],
];

/**
 * What a bed of that name is, whether it is up or not.
 * @param {string} stack
 * @param {number} nodes
 * @param {{ base?: string | undefined, configured?: number | undefined, registry?: boolean, storage?: boolean }} [options]
 * @returns {Bed}
 */
export function planBed(stack, nodes, options = {}) {
  const { base = usualBase, configured = nodes, registry = false, storage = false } = options;
  // A network of its own for each bed, from a range that nothing else here takes.
  const third = createHash("sha256").update(stack).digest().readUInt8(0);
  const address = (/** @type {number} */ last) => `10.77.${third}.${last}`;
  const container = (/** @type {string} */ name) => `semesterhub-bed-${stack}-${name}`;
  const folder = join(root, ".semesterhub", "beds", stack);
  return {
    stack,
    base,
    configured,
    image: `semesterhub-test-machine:${base.replace(/\W+/g, "-")}`,
    network: `semesterhub-bed-${stack}`,
    subnet: `${address(0)}/24`,
    gateway: address(1),
    keyFile: join(folder, "id_ed25519"),
    registry: registry
      ? planRegistry(`bed-${stack}`, address(1), join(folder, "registry"))
      : undefined,
    machines: [
      { name: "proxy", address: address(10), user: "root", memory: "768m" },
      // One that is no root, as cloud images have it.
      { name: "hub", address: address(11), user: "debian", memory: "3g" },
      ...(storage ? [{ name: "storage", address: address(9), user: "root", memory: "1g" }] : []),
      ...Array.from({ length: nodes }, (_, index) => ({
        name: `node-${index + 1}`,
        address: address(12 + index),
        user: index % 2 === 0 ? "root" : "debian",
        memory: "2g",
      })),
    ].map((machine) => ({ ...machine, container: container(machine.name) })),
  };
}

/**
 * Makes the machines that are not there, and writes Pulumi.<stack>.yaml.
 * @param {Bed} bed
 * @returns {Promise<string[]>} what they can't have, and why
 */
export async function bedUp(bed) {
  if (bed.base === usualBase) {
    await must(join(root, "offline", "base-image.sh"), [], { doing: "Making the base image" });
  }
  const build = ["build", "--quiet", "--build-arg", `BASE=${bed.base}`, "--tag", bed.image];
  await must("docker", [...build, join(root, "test", "machine")], {
    doing: "Building the machines' image",
  });
  const { network, subnet, gateway, keyFile } = bed;
  const there = await run("docker", ["network", "inspect", network]);
  if (there.code !== 0) {
    // An engine that was killed leaves its bridge and its rules: the kernel goes on sending to that bridge
    // what is for this network, and what machines say to each other seems to come from this computer.
    const bridge = `shub-${createHash("sha256").update(bed.stack).digest("hex").slice(0, 8)}`;
    await run("ip", ["link", "delete", bridge]);
    await forgetOthers(subnet);
    const options = ["--opt", `com.docker.network.bridge.name=${bridge}`, ...label(bed)];
    await must(
      "docker",
      ["network", "create", "--subnet", subnet, "--gateway", gateway, ...options, network],
      { doing: "Making the machines' network" },
    );
  }
  mkdirSync(join(keyFile, ".."), { recursive: true, mode: 0o700 });
  if (!existsSync(keyFile)) {
    await must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", keyFile], {
      doing: "Making a key for SSH",
    });
  }
  if (bed.registry) await registryUp(bed.registry);
  writeFileSync(resolvFile(bed), nameServers());
  const made = await Promise.all(bed.machines.map((machine) => machineUp(bed, machine)));
  const encrypted = await canEncrypt(bed);
  // One that is made where the configuration knows one already takes its place.
  const generations = generationsOf(bed.stack);
  for (const [index, { name }] of bed.machines.entries()) {
    const before = generations.get(name);
    if (made[index] === true && before !== undefined) generations.set(name, before + 1);
  }
  writeConfiguration(bed, { stack: bed.stack, slot: 0, encrypted, generations });
  return [
    "kernel NFS: a container has its host's kernel and may not run an NFS server; storage.shared instead",
    "disk quota: the machines have no file system of their own, so no XFS project quota",
    ...(encrypted
      ? []
      : ["encrypted networks: this computer's kernel has no ESP; networks.encrypted is false"]),
  ];
}

/**
 * Removes the rules by which other bridges hide the addresses of a network.
 * @param {string} subnet
 */
async function forgetOthers(subnet) {
  const table = ["-t", "nat"];
  const { stdout } = await run("iptables", [...table, "-S", "POSTROUTING"]);
  for (const rule of stdout.split("\n").filter((line) => line.includes(` -s ${subnet} `))) {
    await run("iptables", [...table, ...rule.replace(/^-A/, "-D").split(" ")]);
  }
}

/** A second stack's name. @param {string} stack */
export const besideOf = (stack) => `${stack}-b`;

/**
 * Writes the configuration of a second semester on the bed's machines.
 * @param {Bed} bed
 * @param {number} slot which of several semesters on them it is
 */
export async function bedBeside(bed, slot) {
  const stack = besideOf(bed.stack);
  const generations = generationsOf(stack);
  writeConfiguration(bed, { stack, slot, encrypted: await canEncrypt(bed), generations });
}

/** What a stack's configuration says of its machines. @param {string} stack */
function generationsOf(stack) {
  const file = join(root, `Pulumi.${stack}.yaml`);
  return generationsIn(existsSync(file) ? readFileSync(file, "utf8") : "");
}

/**
 * Whether the kernel can encrypt an overlay network, by the program's own check.
 * @param {Bed} bed
 */
async function canEncrypt({ machines: [machine] }) {
  const check = readFileSync(
    join(root, "components", "shell", "swarm/encryption-check.sh"),
    "utf8",
  );
  const words = ["exec", "--interactive", "--env", "MACHINE=this", machine?.container ?? "", "sh"];
  return (await run("docker", words, { input: check })).code === 0;
}

/** @param {Bed} bed */
const label = (bed) => ["--label", `semesterhub.bed=${bed.stack}`];

/**
 * Makes one machine, or starts it. A volume of its own holds its engine's data: one overlay file system
 * can't lie on another. Answers whether it was made.
 * @param {Bed} bed
 * @param {TestMachine} machine
 * @returns {Promise<boolean>}
 */
export async function machineUp(bed, machine) {
  const { container, address, memory, user } = machine;
  const inspected = await run("docker", ["inspect", "--format", "{{.State.Running}}", container]);
  if (inspected.code === 0) {
    if (inspected.stdout.trim() !== "true") {
      await must("docker", ["start", container], { doing: `Starting ${container}` });
    }
  } else {
    const words = [
      ...["run", "--detach", "--name", container, "--hostname", machine.name, ...label(bed)],
      ...["--network", bed.network, "--ip", address, "--memory", memory, "--memory-swap", memory],
      // Docker's name service is at 127.0.0.11, which an engine inside can't hand on to its containers.
      ...["--volume", `${resolvFile(bed)}:/etc/resolv.conf:ro`],
      ...[...runArgs, "--volume", `${container}:/var/lib/docker`],
      // Stands for a campus's file system: there is no NFS server in a container.
      ...(machine.name === "proxy" ? [] : ["--volume", `${bed.network}:${sharedFolder}`]),
      bed.image,
    ];
    await must("docker", words, { doing: `Making ${container}` });
  }
  const home = user === "root" ? "/root" : `/home/${user}`;
  const prepare = `set -e
    install -d -m 0700 -o ${user} -g ${user} ${home}/.ssh
    cd ${home}/.ssh
    [ -e authorized_keys ] || install -m 0600 -o ${user} -g ${user} /dev/null authorized_keys
    read -r key
    # Beside the keys of the semesters that are there.
    grep -q -x -F -e "$key" authorized_keys || printf '%s\\n' "$key" >>authorized_keys`;
  await must("docker", ["exec", "--interactive", container, "sh", "-c", prepare], {
    doing: `Preparing ${container}`,
    input: readFileSync(`${bed.keyFile}.pub`, "utf8"),
  });
  await booted(machine, bed.gateway);
  return inspected.code !== 0;
}

/** @param {Bed} bed */
const resolvFile = (bed) => join(bed.keyFile, "..", "resolv.conf");

/** This computer's name servers, where a container reaches them. */
function nameServers() {
  return readFileSync("/etc/resolv.conf", "utf8")
    .split("\n")
    .filter((line) => /^(search|nameserver\s+(?!127\.|::1))/.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * Removes the machines, what they held, and their configuration.
 * @param {Bed} bed
 */
export async function bedDown(bed) {
  const filter = ["--filter", `label=semesterhub.bed=${bed.stack}`];
  const containers = await must("docker", ["ps", "--all", "--quiet", ...filter], {
    doing: "Looking for the machines",
  });
  const ids = containers.split("\n").filter((id) => id !== "");
  const names = await Promise.all(
    ids.map((id) =>
      must("docker", ["inspect", "--format", "{{.Name}}", id], { doing: "Looking at a machine" }),
    ),
  );
  if (ids.length > 0) {
    await must("docker", ["rm", "--force", ...ids], { doing: "Removing the machines" });
    await must("docker", ["volume", "rm", ...names.map((name) => name.trim().replace("/", ""))], {
      doing: "Removing what the machines held",
    });
  }
  if (bed.registry) await registryDown(bed.registry);
  await run("docker", ["network", "rm", bed.network]);
  await run("docker", ["volume", "rm", bed.network]);
  rmSync(join(bed.keyFile, ".."), { recursive: true, force: true });
  for (const stack of [bed.stack, besideOf(bed.stack)]) {
    rmSync(join(root, `Pulumi.${stack}.yaml`), { force: true });
  }
}

/**
 * @param {Bed} bed
 * @param {import("./bedConfiguration.mjs").BedSemester} semester
 */
function writeConfiguration(bed, semester) {
  writeFileSync(join(root, `Pulumi.${semester.stack}.yaml`), configuration(bed, semester));
}
