// @ts-check
// Whether an ACME authority has given the course its certificate, and what to do where it hasn't.
import { lookup } from "node:dns/promises";
import { setTimeout as wait } from "node:timers/promises";
import { send } from "../command/http.mjs";
import { askOnce } from "./answers.mjs";

/**
 * What `semesterhub-acme status` says (images/acme).
 * @typedef {object} AcmeStatus
 * @property {string} directory
 * @property {{ issuer: string, ends: string } | null} certificate
 * @property {boolean} running
 * @property {number} failures
 * @property {string | null} lastAttempt
 * @property {string | null} error
 * @property {string | null} next
 *
 * What was found about a certificate that isn't there.
 * @typedef {object} Missing
 * @property {string} domain
 * @property {string | undefined} proxy the proxy machine's address, where the world knows it
 * @property {readonly string[]} leadsTo the addresses of the name
 * @property {boolean} answers whether port 80 of the name leads to the course
 * @property {AcmeStatus | undefined} status
 */

/** As long as an authority usually takes, twice. */
const patienceSeconds = 90;

/**
 * What the ACME client says.
 * @param {import("../docker/engine.mjs").Engine | undefined} proxy the engine that it runs on
 * @param {string} prefix of the stack
 * @returns {Promise<AcmeStatus | undefined>}
 */
export async function acmeStatus(proxy, prefix) {
  const status = await proxy?.json(`${prefix}-acme`, ["semesterhub-acme", "status"]);
  return /** @type {AcmeStatus | undefined} */ (status);
}

/**
 * Waits until browsers are shown an ACME authority's certificate.
 * @param {import("../docker/engine.mjs").Engine | undefined} proxy the engine that the client runs on
 * @param {string} prefix of the stack
 * @param {string} url
 * @param {string} authority PEM of the stack's own
 * @returns {Promise<{ status: AcmeStatus | undefined } | undefined>} nothing where it is shown
 */
export async function awaitCertificate(proxy, prefix, url, authority) {
  const deadline = Date.now() + patienceSeconds * 1000;
  const before = await acmeStatus(proxy, prefix);
  // What went wrong before may have been seen to.
  if ((before?.failures ?? 0) > 0) {
    await proxy?.exec(`${prefix}-acme`, ["semesterhub-acme", "now"]);
  }
  for (;;) {
    const { certificate } = await askOnce(`${url}/semesterhub/health`, authority);
    if (certificate?.own === false) return undefined;
    const status = await acmeStatus(proxy, prefix);
    const failed = (status?.failures ?? 0) > 0 && status?.lastAttempt !== before?.lastAttempt;
    if ((failed && status?.running === false) || Date.now() > deadline) return { status };
    await wait(1000);
  }
}

/**
 * Finds out what this computer can see of the reason.
 * @param {string} domain
 * @param {string | undefined} proxy
 * @param {AcmeStatus | undefined} status
 * @returns {Promise<Missing>}
 */
export async function investigate(domain, proxy, status) {
  const found = await lookup(domain, { all: true }).catch(() => []);
  const leadsTo = found.map(({ address }) => address);
  const ask = () => send(`http://${domain}/semesterhub/health`, { seconds: 5 });
  const answer = leadsTo.length > 0 ? await ask().catch(() => undefined) : undefined;
  const answers = answer?.status === 200;
  // This computer's own name for itself says nothing about the world's.
  const known = proxy !== undefined && !proxy.startsWith("127.") ? proxy : undefined;
  return { domain, proxy: known, leadsTo, answers, status };
}

/** What is said of it, in lines. @param {Missing} missing */
export function explainMissing({ domain, proxy, leadsTo, answers, status }) {
  const there = proxy ?? "the proxy's machine";
  const what = status?.certificate
    ? `The certificate of ${domain} is not renewed; it is good until ${status.certificate.ends.slice(0, 10)}.`
    : `${domain} has no certificate yet: the course runs, and browsers warn of the stack's own.`;
  /** @type {string[]} */
  const fixes = [];
  if (leadsTo.length === 0) {
    fixes.push(`The name has no address: have its DNS record made, to ${there}.`);
  } else if (proxy !== undefined && !leadsTo.includes(proxy)) {
    fixes.push(`The name leads to ${leadsTo.join(", ")}: its DNS record must lead to ${proxy}.`);
  } else if (!answers) {
    fixes.push(
      `Port 80 of ${domain} does not lead to the course: the authority asks there. Open it.`,
    );
  }
  return [
    what,
    ...fixes,
    ...(status?.error ? [`The authority's answer: ${status.error}`] : []),
    ...(status === undefined ? ["npm run logs acme says what the authority answered."] : []),
    `It is tried again by itself${status?.next ? `, next at ${status.next}` : ""}, and at once by npm run up.`,
  ];
}
