// @ts-check
// Whether the course answers at its address, and which certificate a browser would be shown.
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../command/fail.mjs";
import { send } from "../command/http.mjs";

/**
 * @typedef {object} Shown the certificate
 * @property {Date} ends
 * @property {string} issuer
 * @property {boolean} own whether the stack's own authority issued it
 * @property {string} [distrust] why this computer would not believe it
 *
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {string} [error]
 * @property {Shown} [certificate]
 */

/**
 * Asks the course's address once. Nothing secret is sent, so a certificate that this computer doesn't
 * believe is told of and no obstacle: a campus may have an authority of its own.
 * @param {string} url
 * @param {string} authority PEM of the stack's own
 * @returns {Promise<Answer>}
 */
export async function askOnce(url, authority) {
  /** @type {Shown | undefined} */
  let certificate;
  const { host, hostname } = new URL(url);
  try {
    const { status } = await send(url, {
      // Browsers know that these are this computer; not every resolver does.
      ...(hostname.endsWith(".localhost") && {
        ...{ hostname: "127.0.0.1", servername: hostname, headers: { host } },
      }),
      ca: [...rootCertificates, authority],
      rejectUnauthorized: false,
      agent: false,
      seconds: 10,
      onSecure: (socket) => {
        certificate = shown(socket, authority);
      },
    });
    return { status, ...(certificate && { certificate }) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/**
 * @param {import("node:tls").TLSSocket} socket
 * @param {string} authority
 * @returns {Shown | undefined}
 */
function shown(socket, authority) {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const issuer = (/** @type {string} */ key) =>
    new RegExp(`^${key}=(.*)$`, "m").exec(certificate.issuer)?.[1];
  return {
    ends: new Date(certificate.validTo),
    issuer: issuer("O") ?? issuer("CN") ?? certificate.issuer,
    own: certificate.verify(new X509Certificate(authority).publicKey),
    ...(socket.authorized ? {} : { distrust: String(socket.authorizationError) }),
  };
}

/**
 * Asks until the hub's login page is there.
 * @param {string} url
 * @param {string} authority
 * @param {number} seconds
 */
export async function untilAnswers(url, authority, seconds) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await askOnce(`${url}/hub/login`, authority);
    if (answer.status === 200 || Date.now() > deadline) return answer;
    await wait(500);
  }
}
