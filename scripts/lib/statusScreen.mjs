// @ts-check
// The status screen as text: a pure function of what was observed.
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
 * @typedef {Omit<import("./answers.mjs").Shown, "ends"> & { ends: string }} ShownCertificate
 *
 * @typedef {object} Status
 * @property {string} stack
 * @property {{ url: string, answers: boolean, status?: number, error?: string, certificate?: ShownCertificate } | undefined} address
 * @property {import("./observe.mjs").Part[]} parts
 * @property {import("./observe.mjs").People | undefined} people
 * @property {{ free: number, total: number, students: { student: string, bytes: number }[] }} memory
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

/**
 * Whether everything is as it should be.
 * @param {Status} status
 */
export function isWell({ address, parts, people, backup, certificates }) {
  return (
    address?.answers === true &&
    parts.every(({ healthy }) => healthy) &&
    people !== undefined &&
    backup?.healthy === true &&
    (certificates.source !== "acme" || address.certificate?.own === false)
  );
}

/**
 * @param {Status} status
 * @param {Date} now
 */
export function statusScreen(status, now) {
  const { stack, address, parts, memory, storage, backups } = status;
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
      ["People", peopleLine(status.people)],
      ["Memory", memoryLine(memory)],
      ["Files", diskLine(storage)],
      [
        "Backups",
        `${backupLine(status.backup, now)}${backups === undefined ? "" : `; ${diskLine(backups)}`}`,
      ],
      ["Certificate", certificateLine(address?.certificate, status.certificates, now)],
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

/** @param {Status["memory"]} memory */
function memoryLine({ free, total, students }) {
  const machine = `${formatBytes(free)} of ${formatBytes(total)} free`;
  const [largest] = students;
  if (largest === undefined) return `${machine}; no student's server runs`;
  const sum = students.reduce((bytes, student) => bytes + student.bytes, 0);
  const running = counted(students.length, "student's server", "students' servers");
  return `${machine}; ${formatBytes(sum)} in ${running}, most in ${largest.student}'s: ${formatBytes(largest.bytes)}`;
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

/** What makes a certificate new, by where it comes from. */
const renewals = new Map([
  ["stack", "npm run up renews it"],
  ["files", "put a new one into the files, then npm run up"],
]);

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
  const days = Math.floor((new Date(certificate.ends).getTime() - now.getTime()) / 1000 / day);
  const until = `${source === "acme" ? `${certificate.issuer}, ` : ""}good until ${certificate.ends.slice(0, 10)}`;
  const renewal = renewals.get(source);
  const advice = renewal === undefined ? "" : `: ${renewal}`;
  if (days < 0) return `EXPIRED on ${certificate.ends.slice(0, 10)}${advice}${more}`;
  const soon = renewal !== undefined && days < renewWithinDays;
  return `${until}${soon ? `, ${counted(days, "day")}${advice}` : ""}${more}`;
}
