// @ts-check
// One HTTP request. Not `fetch`: it can't be told of an authority of somebody's own.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {string} body
 */

/**
 * Sends a request and reads the whole answer. Rejects where there is none.
 * @param {URL | string} url
 * @param {import("node:https").RequestOptions & { seconds: number, body?: string }} options `seconds`: how
 *   long the other side may be silent
 * @returns {Promise<Answer>}
 */
export async function send(url, { seconds, body, ...options }) {
  const request = new URL(url).protocol === "https:" ? httpsRequest : httpRequest;
  const asked = request(url, { ...options, timeout: seconds * 1000 });
  asked.on("timeout", () => asked.destroy(new Error(`no answer for ${String(seconds)} s`)));
  // What goes wrong once there is an answer cuts off its text, which says so.
  asked.on("error", () => undefined);
  asked.end(body);
  const [response] = /** @type {[import("node:http").IncomingMessage]} */ (
    await once(asked, "response")
  );
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await text(response) };
}
