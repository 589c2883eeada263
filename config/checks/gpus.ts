/** What must hold of GPUs: those that profiles want are on machines that run servers. */
import type { Problem } from "../problems";
import type { Checked, Rule } from "./rule";

/** The machines that run students' servers, and where the configuration says their GPUs. */
interface Runners {
  readonly key: string;
  /** Of each machine. */
  readonly gpus: readonly number[];
}

function runnersOf({ hosts, openstack }: Checked): Runners | undefined {
  if (hosts) {
    return hosts.nodes.length > 0
      ? { key: "hosts.nodes[].gpus", gpus: hosts.nodes.map((node) => node.gpus) }
      : { key: "hosts.hub.gpus", gpus: [hosts.hub.gpus] };
  }
  if (!openstack) return undefined;
  const { count, gpus } = openstack.nodes;
  return { key: "openstack.nodes.gpus", gpus: Array<number>(Math.max(1, count)).fill(gpus) };
}

export const checkGpus: Rule = (checked) => [...idle(checked), ...wanted(checked)];

/** A hub's machine with nodes runs no servers. */
function idle({ hosts }: Checked): Problem[] {
  if (!hosts || hosts.nodes.length === 0 || hosts.hub.gpus === 0) return [];
  const problem = "is for a course without nodes: with them, no student's server runs on the hub";
  const fix = "take it out, and write the GPUs of the nodes as hosts.nodes[].gpus";
  return [{ path: ["hosts", "hub", "gpus"], value: hosts.hub.gpus, problem, fix }];
}

function wanted(checked: Checked): Problem[] {
  const { profiles = [], platform } = checked;
  const all = profiles.reduce((sum, { gpus }) => sum + gpus, 0);
  if (all === 0) return [];
  const runners = runnersOf(checked);
  // A section that is missing is another rule's.
  if (!runners && platform !== "local") return [];
  const { key, gpus } = runners ?? { key: "", gpus: [] };
  const most = Math.max(0, ...gpus);
  const there = gpus.reduce((sum, each) => sum + each, 0);
  const fix = runners
    ? `write the machines' GPUs as ${key}, or a smaller number here`
    : "take it out, or run the course on a machine of the platform hosts, which can say its GPUs";
  const impossible = profiles.flatMap((profile, index): Problem[] => {
    if (profile.gpus <= most) return [];
    const problem = runners
      ? `is more than any machine for servers has: ${most}`
      : "is not for the platform local, where servers have no GPUs";
    return [{ path: ["profiles", index, "gpus"], value: profile.gpus, problem, fix }];
  });
  if (impossible.length > 0 || all <= there) return impossible;
  return [
    {
      path: ["profiles"],
      problem: `want ${all} GPUs when one server of each runs, and the machines have ${there}: the last could never start beside the others`,
      fix: `leave out a profile, write smaller numbers as gpus, or add GPUs (${key})`,
    },
  ];
}
