// @ts-check
// One HTTP request. Not `fetch`: it can't be told of an authority of somebody's own.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {string} body
 *
 * @typedef {object} Own
 * @property {number} seconds how long the other side may be silent
 * @property {string} [body]
 * @property {(socket: TLSSocket) => void} [onSecure] sees the connection once both sides have spoken TLS
 */

/**
 * Sends a request and reads the whole answer. Rejects where there is none.
 * @param {URL | string} url
 * @param {import("node:https").RequestOptions & Own} options
 * @returns {Promise<Answer>}
 */
export async function send(url, { seconds, body, onSecure, ...options }) {
  const request = new URL(url).protocol === "https:" ? httpsRequest : httpRequest;
  const asked = request(url, { ...options, timeout: seconds * 1000 });
  asked.on("timeout", () => asked.destroy(new Error(`no answer for ${String(seconds)} s`)));
  asked.once("socket", (socket) => {
    socket.once("secureConnect", () => {
      if (socket instanceof TLSSocket) onSecure?.(socket);
    });
  });
  // What goes wrong once there is an answer cuts off its text, which says so.
  asked.on("error", () => undefined);
  asked.end(body);
  const answered = /** @type {Promise<[import("node:http").IncomingMessage]>} */ (
    once(asked, "response")
  );
  const [response] = await answered;
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await text(response) };
}
