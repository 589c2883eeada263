// @ts-check
// The status screen as text: a pure function of what was observed.
import { fullness, warned } from "./quotas.mjs";
import { counted, formatBytes, formatDuration, listed, table } from "./text.mjs";

/**
 * What `semesterhub-backup status --json` says, as far as it is shown.
 * @typedef {object} BackupStatus
 * @property {string | null} lastSuccess ISO 8601
 * @property {{ at: string, message: string } | null} lastError
 * @property {{ what: string, since: string } | null} running
 * @property {boolean} healthy
 * @property {number} storedBytes
 *
 * @typedef {object} Status
 * @property {string} stack
 * @property {{ url: string, answers: boolean, status?: number, error?: string, certificateEnds?: string } | undefined} address
 * @property {import("./observe.mjs").Part[]} parts
 * @property {import("./observe.mjs").People | undefined} people
 * @property {import("./machines.mjs").MachineStatus[]} machines
 * @property {import("./quotas.mjs").Quotas | undefined} quotas
 * @property {import("./observe.mjs").Disk | undefined} storage
 * @property {import("./observe.mjs").Disk | undefined} backups
 * @property {BackupStatus | undefined} backup
 */

const day = 86_400;
/** A certificate is renewed by an `up` in its last 60 days; this late somebody should run one. */
const renewWithinDays = 30;
/** Names of students that fit on a line. */
const shownNames = 12;

/**
 * Whether everything is as it should be.
 * @param {Status} status
 */
export function isWell({ address, parts, machines, people, backup }) {
  return (
    address?.answers === true &&
    machines.length > 0 &&
    machines.every(({ healthy }) => healthy) &&
    parts.every(({ healthy }) => healthy) &&
    people !== undefined &&
    backup?.healthy === true
  );
}

/**
 * @param {Status} status
 * @param {Date} now
 */
export function statusScreen(status, now) {
  const { stack, address, parts, machines, storage, backups, quotas } = status;
  return [
    `semesterhub ${stack}: ${addressLine(address)}`,
    "",
    table([
      ["PART", "RUNNING", "IMAGE", ""],
      ...parts.map(({ name, healthy, state, image, problem }) => [
        `${healthy ? "✓" : "✗"} ${name}`,
        state,
        image,
        problem ?? "",
      ]),
    ]),
    "",
    table([
      ["MACHINE", "DOCKER", "SWARM", "MEMORY FREE", "DISK FREE", "LOAD", "SERVERS", ""],
      ...machines.map(machineRow),
    ]),
    "",
    table([
      ["People", peopleLine(status.people)],
      ["Servers", serversLine(machines)],
      ["Files", diskLine(storage)],
      ...(quotas === undefined ? [] : [["Quotas", quotasLine(quotas)]]),
      [
        "Backups",
        `${backupLine(status.backup, now)}${backups === undefined ? "" : `; ${diskLine(backups)}`}`,
      ],
      ["Certificate", certificateLine(address?.certificateEnds, now)],
      ...machineCertificates(machines, now),
    ]),
    "",
  ].join("\n");
}

/** @param {Status["address"]} address */
function addressLine(address) {
  if (address === undefined) return "not up; npm run up completes it";
  if (address.answers) return `${address.url} answers`;
  return `${address.url} DOES NOT ANSWER (${address.error ?? `HTTP ${String(address.status ?? 0)}`})`;
}

/** @param {Status["people"]} people */
function peopleLine(people) {
  if (people === undefined) return "unknown: the hub does not answer";
  const { users, online, servers } = people;
  const starting = servers.filter(({ ready }) => !ready).length;
  const names =
    online.length > shownNames ? `${online.slice(0, shownNames).join(", ")}, …` : listed(online);
  return [
    `${String(online.length)} of ${String(users)} on line`,
    ...(names === "" ? [] : [`: ${names}`]),
    ...(starting > 0 ? [`; ${counted(starting, "server")} starting or stopping`] : []),
  ].join("");
}

/**
 * @param {import("./machines.mjs").MachineStatus} machine
 * @returns {string[]}
 */
function machineRow({ name, healthy, problem, engine, swarm, memory, disk, load, cpus, servers }) {
  const share = (/** @type {{ free: number, total: number } | undefined} */ amount) =>
    amount === undefined ? "?" : `${formatBytes(amount.free)} of ${formatBytes(amount.total)}`;
  return [
    `${healthy ? "✓" : "✗"} ${name}`,
    engine ?? "?",
    swarm,
    share(memory),
    share(disk),
    load === undefined ? "?" : `${load.toFixed(1)} on ${counted(cpus ?? 1, "CPU")}`,
    String(servers.length),
    problem ?? "",
  ];
}

/** @param {Status["machines"]} machines */
function serversLine(machines) {
  const servers = machines.flatMap((machine) => machine.servers);
  const [largest] = [...servers].sort((a, b) => b.bytes - a.bytes);
  if (largest === undefined) return "no student's server runs";
  const sum = servers.reduce((bytes, server) => bytes + server.bytes, 0);
  const running = counted(servers.length, "student's server", "students' servers");
  return `${running} with ${formatBytes(sum)}, most in ${largest.student}'s: ${formatBytes(largest.bytes)}`;
}

/** @param {import("./quotas.mjs").Quotas} quotas */
function quotasLine(quotas) {
  if (quotas.problem !== null) return `homes have no limit: ${quotas.problem}`;
  const full = warned(quotas);
  if (full.length === 0) return "nobody is near the limit";
  const names = full.map((person) => `${person.username} ${fullness(person)} %`);
  const shown = names.length > shownNames ? [...names.slice(0, shownNames), "…"] : names;
  return `${counted(full.length, "home is", "homes are")} nearly full: ${shown.join(", ")}; npm run quota`;
}

/** @param {import("./observe.mjs").Disk | undefined} disk */
function diskLine(disk) {
  if (disk === undefined) return "the folder is not there";
  return `${disk.path}, ${formatBytes(disk.free)} of ${formatBytes(disk.total)} free`;
}

/**
 * @param {BackupStatus | undefined} backup
 * @param {Date} now
 */
function backupLine(backup, now) {
  if (backup === undefined) return "unknown: the backup service does not answer";
  const { lastSuccess, lastError, running, storedBytes } = backup;
  const notes = [
    ...(running === null ? [] : [`one runs now (${running.what})`]),
    ...(lastError === null ? [] : [`FAILED at ${lastError.at}: ${lastError.message}`]),
  ];
  const more = notes.map((note) => `; ${note}`).join("");
  if (lastSuccess === null) return `none yet${more}`;
  const age = (now.getTime() - new Date(lastSuccess).getTime()) / 1000;
  return `last ${formatDuration(Math.max(0, age))} ago, ${formatBytes(storedBytes)} stored${more}`;
}

/**
 * The first of the machines' own certificates to end, where the operator reaches them over the network.
 * @param {Status["machines"]} machines
 * @param {Date} now
 */
function machineCertificates(machines, now) {
  const ends = machines.flatMap(({ certificateEnds }) => certificateEnds ?? []).sort();
  return ends.length === 0 ? [] : [["Engines", `certificates ${certificateLine(ends[0], now)}`]];
}

/**
 * @param {string | undefined} ends
 * @param {Date} now
 */
function certificateLine(ends, now) {
  if (ends === undefined) return "unknown";
  const days = Math.floor((new Date(ends).getTime() - now.getTime()) / 1000 / day);
  const until = `good until ${ends.slice(0, 10)}`;
  if (days < 0) return `EXPIRED on ${ends.slice(0, 10)}: npm run up renews it`;
  return days < renewWithinDays ? `${until}, ${counted(days, "day")}: npm run up renews it` : until;
}
