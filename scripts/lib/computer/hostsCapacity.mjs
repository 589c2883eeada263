// @ts-check
// How many students fit at once on machines that exist already: pure arithmetic on the configuration.
import { counted, formatBytes, listed } from "../command/text.mjs";
import { withNamed } from "./capacity.mjs";

/** The system's own, and what Docker needs there. */
const systemMemory = 2 ** 30;

/**
 * @param {import("../../../config/types.js").SemesterConfig} config
 * @returns {import("./capacity.mjs").Finding[]}
 */
export function judgeHosts({ platform, student, spawn, roster }) {
  if (platform.kind !== "hosts") return [];
  const machines = platform.nodes.length > 0 ? platform.nodes : [platform.hub];
  const unknown = machines.filter(({ memoryBytes }) => memoryBytes === undefined);
  if (unknown.length > 0) {
    const names = listed(unknown.map(({ name }) => name));
    const text = `how many students fit is not known: the configuration does not say the memory of ${names} (hosts.nodes[].memory)`;
    return [{ how: "ok", text }];
  }
  /** @param {number} each */
  const fit = (each) =>
    machines.reduce(
      (sum, { memoryBytes = 0 }) =>
        sum + Math.max(0, Math.floor((memoryBytes - systemMemory) / each)),
      0,
    );
  const sure = fit(student.memoryBytes);
  const text = `${counted(sure, "student")} at once at ${formatBytes(student.memoryBytes)} each on ${counted(machines.length, "machine")}${withNamed(student, fit)}`;
  if (sure === 0) {
    const fix = "Lower semesterhub:student.memory, or take larger machines.";
    return [{ how: "failed", text, fix }];
  }
  const all = roster.students.length * (1 + student.namedServers);
  const wanted = spawn.activeServers > 0 ? spawn.activeServers : all;
  if (wanted <= sure) return [{ how: "ok", text }];
  const who =
    spawn.activeServers > 0
      ? `semesterhub:spawn.activeServers lets ${String(wanted)} start`
      : `${counted(roster.students.length, "student")} are on the class list`;
  return [{ how: "warning", text: `${text}; ${who}, who then have less than their limit` }];
}
