// @ts-check
// What the alerts tell, as text: pure functions of what their service says.
import { counted, formatDuration, table } from "../command/text.mjs";

/**
 * @typedef {object} OpenAlert
 * @property {string} rule
 * @property {string} subject
 * @property {string} text
 * @property {string} advice
 * @property {number} since seconds since 1970
 *
 * @typedef {object} AlertsStatus what `semesterhub-alerts status` prints
 * @property {boolean} watching
 * @property {string[]} channels
 * @property {string[]} rules
 * @property {OpenAlert[]} open
 * @property {number} waiting messages that no channel took yet
 * @property {boolean} alertmanager whether Alertmanager decides what is sent
 * @property {Record<string, number>} sent when each channel took the last one
 * @property {Record<string, string>} errors why one took none
 */

/**
 * @param {AlertsStatus} status
 * @param {string} stack
 * @param {Date} now
 */
export function alertsScreen(status, stack, now) {
  const { watching, open, rules, waiting, alertmanager } = status;
  const heading = watching
    ? `semesterhub ${stack}: ${open.length === 0 ? "nothing is open" : `${counted(open.length, "alert")} open`}, ${counted(rules.length, "rule")}`
    : `semesterhub ${stack}: NOBODY WATCHES; npm run logs alerts says why`;
  const lines = open.map(({ text, advice, since }) => {
    return `✗ ${text} (since ${ago(since, now)})\n  ${advice}\n`;
  });
  return [
    heading,
    "",
    ...lines,
    table([
      ...channelRows(status, now),
      ...(alertmanager ? [["Decides", "Alertmanager; npm run logs monitoring"]] : []),
      ...(waiting > 0 ? [["Waiting", counted(waiting, "message")]] : []),
    ]),
    "",
  ].join("\n");
}

/** @param {AlertsStatus} status @param {Date} now */
function channelRows({ channels, sent, errors }, now) {
  const rows = channels.map((name) => {
    const last = sent[name];
    const taken =
      last === undefined ? "nothing was sent yet" : `last message ${ago(last, now)} ago`;
    const error = errors[name];
    return [name, error === undefined ? taken : `${taken}; FAILED: ${error}`];
  });
  const { heartbeat } = errors;
  return heartbeat === undefined ? rows : [...rows, ["heartbeat", `FAILED: ${heartbeat}`]];
}

/** @param {number} moment seconds since 1970 @param {Date} now */
function ago(moment, now) {
  return formatDuration(Math.max(0, now.getTime() / 1000 - moment));
}

/**
 * What each channel answered to the test message.
 * @param {Record<string, string>} said empty where it was taken
 */
export function testLines(said) {
  return Object.entries(said)
    .map(([name, error]) =>
      error === "" ? `✓ ${name}: taken; look whether it arrives\n` : `✗ ${name}: ${error}\n`,
    )
    .join("");
}
