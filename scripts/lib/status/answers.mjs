// @ts-check
// Whether the course answers at its address, and which certificate a browser would be shown.
import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { rootCertificates, TLSSocket } from "node:tls";
import { setTimeout as wait } from "node:timers/promises";

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
export function askOnce(url, authority) {
  return new Promise((resolve) => {
    /** @type {Shown | undefined} */
    let certificate;
    const { host, hostname } = new URL(url);
    const options = {
      // Browsers know that these are this computer; not every resolver does.
      ...(hostname.endsWith(".localhost") && {
        ...{ hostname: "127.0.0.1", servername: hostname, headers: { host } },
      }),
      ca: [...rootCertificates, authority],
      rejectUnauthorized: false,
      agent: false,
      timeout: 10_000,
    };
    const asked = request(url, options, (response) => {
      response.resume();
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          ...(certificate === undefined ? {} : { certificate }),
        });
      });
    });
    asked.on("socket", (socket) => {
      socket.on("secureConnect", () => {
        if (socket instanceof TLSSocket) certificate = shown(socket, authority);
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 10 s")));
    asked.on("error", (error) => {
      resolve({ error: error.message });
    });
    asked.end();
  });
}

/**
 * @param {TLSSocket} socket
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
