// @ts-check
// Pulumi.<stack>.yaml of a semester on machine containers.
import { parse } from "yaml";

/** A folder that the hub's machine and the nodes have in common. */
export const sharedFolder = "/srv/courses";

/**
 * A semester on the bed: its stack, its slot there, whether its networks are encrypted, and how many
 * machines have had the place of each.
 * @typedef {{ stack: string, slot: number, encrypted: boolean, generations: Map<string, number> }} BedSemester
 */

/**
 * Pulumi.<stack>.yaml for the bed. What is not the slot's is apart from another stack's all the same.
 * @param {import("./machines.mjs").Bed} bed
 * @param {BedSemester} semester
 */
export function configuration(bed, { stack, slot, encrypted, generations }) {
  const named = (/** @type {string} */ name) => bed.machines.find((one) => one.name === name);
  const storage = named("storage");
  const nodes = bed.machines
    .filter(({ name }) => name.startsWith("node-"))
    .slice(0, bed.configured);
  const second = stack !== bed.stack;
  const one = (/** @type {import("./machines.mjs").TestMachine | undefined} */ machine) =>
    `{ address: ${machine?.address ?? ""}, user: ${machine?.user ?? ""}, ` +
    `generation: ${generations.get(machine?.name ?? "") ?? 1} }`;
  const images = bed.registry
    ? `  semesterhub:images:
    registry: ${bed.registry.server}
    certificateAuthority: ${bed.registry.authority}
`
    : "";
  return `# Written by test/bed.mjs: machine containers on this computer. Not for git.
config:
  semesterhub:platform: hosts
  semesterhub:course:
    title: Test course on machines
  semesterhub:login:
    method: native
  semesterhub:roster:
    students: [ada, alan, grace, emmy, kurt]
    staff: [teacher, tutor]
  semesterhub:networks:
    course: 10.${second ? 14 : 13}.16.0/20
    control: 10.${second ? 14 : 13}.0.0/24
    # Whether this computer's kernel can.
    encrypted: ${encrypted}
  semesterhub:storage:
    path: ${sharedFolder}/${stack}
    shared: true
  semesterhub:cull:
    drainMinutes: 1
  semesterhub:backup:
    # As the files: it outlives every machine.
    target: file://${sharedFolder}/${stack}-backups
${second ? "  semesterhub:proxy: { port: 8443, httpPort: 8080 }\n" : ""}${images}  semesterhub:hosts:
    slot: ${slot}
    keyFile: ${bed.keyFile}
    adminCidrs: [${bed.gateway}/32]
    proxy: ${one(named("proxy"))}
    hub: ${one(named("hub"))}
${storage ? `    storage: ${one(storage)}\n` : ""}    nodes:${nodes.length === 0 ? " []" : nodes.map((node) => `\n      - ${one(node).replace("{", `{ name: ${node.name},`)}`).join("")}
`;
}

/**
 * @typedef {{ generation: number }} Generation
 *
 * The machines that a configuration names, each with its generation; none where it is empty.
 * @param {string} text
 * @returns {Map<string, number>}
 */
export function generationsIn(text) {
  /** @type {unknown} */
  const file = parse(text);
  const { config = {} } =
    /** @type {{ config?: { "semesterhub:hosts"?: Record<string, Generation> & { nodes: (Generation & { name: string })[] } } }} */ (
      file ?? {}
    );
  const hosts = config["semesterhub:hosts"];
  if (hosts === undefined) return new Map();
  const alone = ["proxy", "hub", "storage"].flatMap((name) => {
    const machine = hosts[name];
    return machine === undefined ? [] : [/** @type {const} */ ([name, machine.generation])];
  });
  return new Map([
    ...alone,
    ...hosts.nodes.map(({ name, generation }) => /** @type {const} */ ([name, generation])),
  ]);
}
