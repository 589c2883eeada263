// @ts-check
// Whether the course answers at its address, as a browser would see it.
import { request } from "node:https";
import { TLSSocket } from "node:tls";
import { setTimeout as wait } from "node:timers/promises";

/**
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {string} [error]
 * @property {Date} [certificateEnds]
 */

/**
 * Asks the course's address once, trusting the stack's own authority beside the public ones.
 * @param {string} url
 * @param {string} authority PEM
 * @returns {Promise<Answer>}
 */
export function askOnce(url, authority) {
  return new Promise((resolve) => {
    /** @type {Date | undefined} */
    let certificateEnds;
    const asked = request(url, { ca: authority, agent: false, timeout: 10_000 }, (response) => {
      response.resume();
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          ...(certificateEnds === undefined ? {} : { certificateEnds }),
        });
      });
    });
    asked.on("socket", (socket) => {
      socket.on("secureConnect", () => {
        if (socket instanceof TLSSocket) {
          certificateEnds = new Date(socket.getPeerCertificate().valid_to);
        }
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
