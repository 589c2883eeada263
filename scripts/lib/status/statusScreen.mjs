// @ts-check
// The status screen as text: a pure function of what was observed.
import { fullness, warned } from "./quotas.mjs";
import { counted, formatBytes, formatDuration, listed, table } from "../command/text.mjs";

/**
 * What `semesterhub-backup status --json` says, as far as it is shown.
 * @typedef {object} BackupStatus
 * @property {string | null} lastSuccess ISO 8601
 * @property {{ at: string, message: string } | null} lastError
 * @property {{ what: string, since: string } | null} running
 * @property {boolean} healthy
 * @property {string[]} troubles
 * @property {string[]} problems
 * @property {number} problemCount
 * @property {{ at: string } | null} lastDrill
 * @property {number | null} storedBytes
 *
 * @typedef {Omit<import("./answers.mjs").Shown, "ends"> & { ends: string }} ShownCertificate
 *
 * @typedef {object} Status
 * @property {string} stack
 * @property {{ url: string, answers: boolean, status?: number, error?: string, certificate?: ShownCertificate } | undefined} address
 * @property {import("./observe.mjs").Part[]} parts
 * @property {import("./observe.mjs").People | undefined} people
 * @property {import("./machines.mjs").MachineStatus[]} machines
 * @property {import("./quotas.mjs").Quotas | undefined} quotas
 * @property {import("./observe.mjs").Disk | undefined} storage
 * @property {import("./observe.mjs").Disk | undefined} backups
 * @property {BackupStatus | undefined} backup
 * @property {{ source: string, acme?: import("./publicCertificate.mjs").AcmeStatus }} certificates
 */

const day = 86_400;
/** A certificate is renewed by an `up` in its last 60 days; this late somebody should run one. */
const renewWithinDays = 30;
/** Names of students that fit on a line. */
const shownNames = 12;
/** Lines about files that a backup left out. */
const shownProblems = 8;

/** Whether everything is as it should be. @param {Status} status */
export function isWell({ address, parts, machines, people, backup, certificates }) {
  return (
    address?.answers === true &&
    machines.length > 0 &&
    machines.every(({ healthy }) => healthy) &&
    parts.every(({ healthy }) => healthy) &&
    people !== undefined &&
    backup?.healthy === true &&
    (certificates.source !== "acme" || address.certificate?.own === false)
  );
}

/** @param {Status} status @param {Date} now */
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
      ...leftOut(status.backup),
      ["Certificate", certificateLine(address?.certificate, status.certificates, now)],
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

/** @param {import("./machines.mjs").MachineStatus} machine */
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

/** @param {BackupStatus | undefined} backup @param {Date} now */
function backupLine(backup, now) {
  if (backup === undefined) return "unknown: the backup service does not answer";
  const { lastSuccess, lastError, lastDrill, running, storedBytes } = backup;
  const notes = [
    ...(lastDrill === null
      ? []
      : [`restore verified ${formatDuration(secondsSince(lastDrill.at, now))} ago`]),
    ...backup.troubles.map((trouble) => `NOT WELL: ${trouble}`),
    ...(running === null ? [] : [`one runs now (${running.what})`]),
    ...(lastError === null ? [] : [`FAILED at ${lastError.at}: ${lastError.message}`]),
  ];
  const more = notes.map((note) => `; ${note}`).join("");
  if (lastSuccess === null) return `none yet${more}`;
  const age = formatDuration(secondsSince(lastSuccess, now));
  return `last ${age} ago, ${formatBytes(storedBytes ?? 0)} stored${more}`;
}

/** What is not in the last backup, a line each. @param {BackupStatus | undefined} backup */
function leftOut(backup) {
  if (backup === undefined) return [];
  const shown = backup.problems.slice(0, shownProblems);
  const more = backup.problemCount - shown.length;
  const lines = [...shown, ...(more > 0 ? [`and ${String(more)} more: npm run logs backup`] : [])];
  return lines.map((line, index) => [index === 0 ? "Left out" : "", line]);
}

/** @param {string} moment @param {Date} now */
function secondsSince(moment, now) {
  return Math.max(0, (now.getTime() - new Date(moment).getTime()) / 1000);
}

/** What makes a certificate new, by where it comes from. */
const renewals = new Map([
  ["stack", "npm run up renews it"],
  ["files", "put a new one into the files, then npm run up"],
]);

/**
 * The first of the machines' own certificates to end, where the operator reaches them over the network.
 * @param {Status["machines"]} machines
 * @param {Date} now
 */
function machineCertificates(machines, now) {
  const [first] = machines.flatMap(({ certificateEnds }) => certificateEnds ?? []).sort();
  return first === undefined ? [] : [["Engines", `certificates ${lifetime(first, "stack", now)}`]];
}

/**
 * @param {ShownCertificate | undefined} certificate
 * @param {Status["certificates"]} from
 * @param {Date} now
 */
function certificateLine(certificate, { source, acme }, now) {
  const notes = [
    ...(acme?.error ? [`FAILED at ${acme.lastAttempt ?? "?"}: ${acme.error}`] : []),
    ...(acme?.error && acme.next ? [`next try ${acme.next}`] : []),
  ];
  const more = notes.map((note) => `; ${note}`).join("");
  if (certificate === undefined) return `unknown${more}`;
  if (source === "acme" && certificate.own) {
    return `NONE YET: browsers are shown the stack's own, and warn${more}`;
  }
  const issuer = source === "acme" ? `${certificate.issuer}, ` : "";
  return `${issuer}${lifetime(certificate.ends, source, now)}${more}`;
}

/**
 * Until when a certificate is good, and what to do where that is soon.
 * @param {string} ends
 * @param {string} source where it comes from
 * @param {Date} now
 */
function lifetime(ends, source, now) {
  const days = Math.floor((new Date(ends).getTime() - now.getTime()) / 1000 / day);
  const date = ends.slice(0, 10);
  const renewal = renewals.get(source);
  const advice = renewal === undefined ? "" : `: ${renewal}`;
  if (days < 0) return `EXPIRED on ${date}${advice}`;
  const soon = renewal !== undefined && days < renewWithinDays;
  return `good until ${date}${soon ? `, ${counted(days, "day")}${advice}` : ""}`;
}
