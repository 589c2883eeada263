// @ts-check
// What a semester costs, from the prices that the configuration has; pure arithmetic.
import { counted } from "../command/text.mjs";

/** As clouds reckon a month. */
const monthHours = 730;
const dayMilliseconds = 86_400_000;

/**
 * @typedef {import("../../../config/types.js").SemesterConfig} SemesterConfig
 *
 * @typedef {object} Cost
 * @property {string} currency
 * @property {number} month
 * @property {number | undefined} semester absent without course.starts and course.ends
 * @property {{ what: string, month: number }[]} parts the dearest first
 */

/**
 * What the configured machines and volumes cost; absent where there are no prices. Backups in the cloud's
 * object store come on top: how large they get is not known before.
 * @param {SemesterConfig} config
 * @returns {Cost | undefined}
 */
export function costOf({ platform, course }) {
  if (platform.kind !== "openstack" || platform.prices === undefined) return undefined;
  const { prices, flavors, nodes, network } = platform;
  /** @param {string} flavor @param {number} count */
  const machines = (flavor, count) => (prices.flavorHour[flavor] ?? 0) * monthHours * count;
  const single = ["proxy", "hub", "storage"].flatMap((what) => {
    const flavor = flavors[/** @type {"proxy" | "hub" | "storage"} */ (what)];
    return flavor === undefined ? [] : [{ what, month: machines(flavor, 1) }];
  });
  const systems = (platform.bootVolumeGb ?? 0) * (single.length + nodes.names.length);
  const parts = [
    ...single,
    {
      what: counted(nodes.names.length, "node"),
      month: machines(flavors.node, nodes.names.length),
    },
    { what: "data volume", month: platform.dataVolumeGb * prices.volumeGbMonth },
    { what: "system disks", month: systems * prices.volumeGbMonth },
    { what: "floating IP", month: network.kind === "fixed" ? 0 : prices.floatingIpMonth },
  ]
    .filter(({ month }) => month > 0)
    .sort((a, b) => b.month - a.month);
  const month = parts.reduce((sum, part) => sum + part.month, 0);
  const days = daysOf(course);
  const semester = days === undefined ? undefined : (month * days * 24) / monthHours;
  return { currency: prices.currency, month, semester, parts };
}

/**
 * The days of a semester, the first and the last included.
 * @param {SemesterConfig["course"]} course
 */
function daysOf({ starts, ends }) {
  if (starts === undefined || ends === undefined) return undefined;
  return (Date.parse(ends) - Date.parse(starts)) / dayMilliseconds + 1;
}

/**
 * The same as a line of `preview` and `up`.
 * @param {SemesterConfig} config
 * @returns {import("../computer/capacity.mjs").Finding[]}
 */
export function judgeCost(config) {
  const cost = costOf(config);
  if (cost === undefined) return [];
  const { currency, month, semester, parts } = cost;
  const money = (/** @type {number} */ amount) =>
    `${currency} ${amount.toFixed(amount < 10 ? 2 : 0)}`;
  const whole =
    semester === undefined
      ? `${money(month)} a month; with course.starts and course.ends, the semester is said too`
      : `${money(semester)} for the semester, ${money(month)} a month`;
  const largest = parts.slice(0, 3).map((part) => `${part.what} ${money(part.month)}`);
  const text = `costs about ${whole} (${largest.join(", ")}${parts.length > 3 ? ", …" : ""})`;
  return [{ how: "ok", text }];
}
