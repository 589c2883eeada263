// @ts-check
// A point in time as an operator writes it, on a clock that has a time zone.
import { Failure } from "./fail.mjs";

const age = /^\d{1,6} ?(s|m|min|h|d|w)( ago)?$/i;
const day = /^(\d{4})-(\d\d)-(\d\d)$/;
const local = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?$/;
const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

/**
 * A time with its zone, as the backup container takes it. What has no zone is of this computer's
 * clock; a day means its end. Ages go as they are.
 * @param {string} text
 * @param {Date} now
 * @returns {string}
 */
export function withZone(text, now) {
  const wanted = text.trim();
  if (age.test(wanted) || wanted.toLowerCase() === "now" || zoned.test(wanted)) return wanted;
  const back = { today: 0, yesterday: 1 }[wanted.toLowerCase()];
  if (back !== undefined) {
    return iso(new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, 23, 59, 59));
  }
  const [, year, month, date, hour = "23", minute = "59", second] =
    day.exec(wanted) ?? local.exec(wanted) ?? [];
  const seconds = second ?? (local.test(wanted) ? "0" : "59");
  const moment = new Date(
    .../** @type {[number, number, number, number, number, number]} */ ([
      Number(year),
      Number(month) - 1,
      Number(date),
      Number(hour),
      Number(minute),
      Number(seconds),
    ]),
  );
  // A day that no calendar has would become another one.
  if (moment.getDate() !== Number(date) || moment.getHours() !== Number(hour)) {
    throw new Failure(`"${text}" is no time.`, {
      fix: "Write 2026-11-21T13:00, 2026-11-21, 30m, 2h, 3d, yesterday, or a time with its zone.",
    });
  }
  return iso(moment);
}

/**
 * A time as this computer's clock shows it, with its distance from UTC.
 * @param {Date} moment
 * @returns {string}
 */
function iso(moment) {
  /** @param {number} value */
  const two = (value) => String(value).padStart(2, "0");
  const offset = -moment.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const days = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
  return `${days}T${clock}${zone}`;
}
