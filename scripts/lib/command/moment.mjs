// @ts-check
// A point in time as an operator writes it, on a clock that has a time zone.
import { Failure } from "./fail.mjs";

const age = /^\d{1,6} ?(s|m|min|h|d|w)( ago)?$/i;
const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;
const local = /^(\d{4}-\d\d-(\d\d))(?:[T ](\d\d:\d\d(?::\d\d)?))?$/;

/**
 * A time with its zone, as the backup container takes it. What has no zone is of this computer's
 * clock; a day means its end. Ages go as they are.
 * @param {string} text
 * @param {Date} now
 */
export function withZone(text, now) {
  const wanted = text.trim();
  if (age.test(wanted) || wanted.toLowerCase() === "now" || zoned.test(wanted)) return wanted;
  const back = { today: 0, yesterday: 1 }[wanted.toLowerCase()];
  if (back !== undefined) {
    return iso(new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, 23, 59, 59));
  }
  const [, date = "", day, clock = "23:59:59"] = local.exec(wanted) ?? [];
  const moment = new Date(`${date}T${clock}`);
  // A day that no calendar has would become another one.
  if (moment.getDate() !== Number(day)) {
    throw new Failure(`"${text}" is no time.`, {
      fix: "Write 2026-11-21T13:00, 2026-11-21, 30m, 2h, 3d, yesterday, or a time with its zone.",
    });
  }
  return iso(moment);
}

/** A time as this computer's clock shows it, with its distance from UTC. @param {Date} moment */
function iso(moment) {
  const minutes = -moment.getTimezoneOffset();
  const clock = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  const distance = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const zone = distance.map((part) => String(part).padStart(2, "0")).join(":");
  return `${clock}${minutes < 0 ? "-" : "+"}${zone}`;
}
