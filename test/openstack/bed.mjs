// @ts-check
// The test bed of the platform `openstack`: a cloud on this computer (a folder with testcloud.sh), and
// what its machines, who reach this computer and nothing else, need of it.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../scripts/lib/command/fail.mjs";
import { must, run } from "../../scripts/lib/command/run.mjs";
import { guestName } from "./guest.mjs";
import { planRegistry } from "../lib/registry.mjs";

const root = join(import.meta.dirname, "..", "..");

/** This computer's address in the cloud's external network. */
export const gateway = "10.90.0.1";
export const packageProxyPort = 3142;

/** Where the machines' images come from. */
export const registry = planRegistry(
  "openstack",
  gateway,
  join(root, ".semesterhub", "openstack", "registry"),
);

/** What the cloud and its credentials are called, for this program and for those that it starts. */
export const cloud = {
  name: "demo",
  environment: { OS_CLIENT_CONFIG_FILE: "/var/lib/testcloud/clouds.yaml" },
};

/**
 * The script that runs the cloud.
 * @param {NodeJS.ProcessEnv} env
 */
export function cloudScript(env) {
  const folder = env["TESTCLOUD"];
  const fix =
    "TESTCLOUD is the folder with testcloud.sh, which installs and runs an OpenStack on this computer (Debian 12, root).";
  if (folder === undefined) throw new Failure("TESTCLOUD is not set.", { fix });
  const script = join(folder, "testcloud.sh");
  if (!existsSync(script)) throw new Failure(`There is no ${script}.`, { fix });
  return script;
}

/**
 * The processors that the cloud emulates. They have instructions for SHA-256 and AES (measured: 67 and
 * 92 MB/s), of which TLS, images' digests and the encrypted overlay are made.
 */
const processor = String.raw`Westmere\ncpu_model_extra_flags = sha-ni,rdrand,movbe`;

/**
 * Brings the cloud up, unless it answers.
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 */
export async function cloudUp(env, log) {
  const script = cloudScript(env);
  const answers = await run("curl", [
    "-fs",
    "-m",
    "10",
    "-o",
    "/dev/null",
    `http://${gateway}:5000/v3`,
  ]);
  if (answers.code === 0) return;
  await must(script, ["up"], {
    doing: "Bringing the cloud up",
    onLine: log,
    env: { ...env, CPU_MODEL: processor },
  });
}

/**
 * What a stack of the tests is.
 * @typedef {object} Bed
 * @property {string} stack
 * @property {number} nodes
 * @property {boolean} storage whether the files have a machine of their own
 * @property {"keep" | "delete"} volumeAtEnd
 * @property {readonly string[]} more further lines of the configuration
 */

/** The one that the tests begin and end with. @type {Bed} */
export const usualBed = {
  stack: "tc1",
  nodes: 2,
  storage: false,
  volumeAtEnd: "keep",
  more: [],
};

/** The one with a machine for the files. @type {Bed} */
export const bedApart = { ...usualBed, stack: "tcs", storage: true };

/** @param {string} stack */
export const bedOf = (stack) => (stack === bedApart.stack ? bedApart : usualBed);

/**
 * A prototype beside one of them, which ends with its volume.
 * @param {string} stack
 * @returns {Bed}
 */
export const besideOf = (stack) => ({
  ...{ stack: `${stack}-b`, nodes: 1, storage: false },
  ...{ volumeAtEnd: "delete", more: [] },
});

/** What the copy is called that the prototype takes for its data volume. */
export const copyName = "copy-for-a-prototype";

/**
 * Writes the configuration of a stack.
 * @param {Bed} bed
 */
export function writeConfiguration(bed) {
  writeFileSync(fileOf(bed.stack), configuration(bed));
}

/** @param {string} stack */
export function removeConfiguration(stack) {
  rmSync(fileOf(stack), { force: true });
}

/** @param {string} stack */
const fileOf = (stack) => join(root, `Pulumi.${stack}.yaml`);

/**
 * Pulumi.<stack>.yaml: small machines, since all of them are on this computer, and patience, since it
 * emulates their processors.
 * @param {Bed} bed
 */
export function configuration({ nodes, storage, volumeAtEnd, more }) {
  return `# Written by test/openstack: VMs of a cloud on this computer. Not for git.
config:
  semesterhub:platform: openstack
  semesterhub:course:
    title: Test course in a cloud
  semesterhub:login:
    method: native
  semesterhub:roster:
    students: [ada, alan, grace, emmy, kurt]
    staff: [teacher, tutor]
  semesterhub:student:
    memory: 384M
    memoryReserved: 256M
    homeQuota: 64M
  semesterhub:spawn:
    timeoutSeconds: 600
  semesterhub:health:
    everySeconds: 60
  semesterhub:cull:
    drainMinutes: 10
  semesterhub:networks:
    mtu: 1450
  semesterhub:images:
    registry: ${registry.server}
    certificateAuthority: ${registry.authority}
  semesterhub:openstack:
    cloud: ${cloud.name}
    image: ${guestName(registry.server)}
    flavors:
      proxy: tc.small
      hub: tc.large${storage ? "\n      storage: tc.small" : ""}
      node: tc.medium
    nodes:
      count: ${String(nodes)}
    network:
      kind: routed
      externalNetwork: public
    adminCidrs: [${gateway}/32]
    packageProxy: http://${gateway}:${String(packageProxyPort)}
    dataVolumeGb: 3
    dataVolumeAtEnd: ${volumeAtEnd}
${more.map((line) => `  ${line}\n`).join("")}`;
}
