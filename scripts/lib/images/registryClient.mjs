// @ts-check
// Asks a registry of images, as Docker would (the distribution protocol), whether it has one.
import { request } from "node:https";
import { rootCertificates } from "node:tls";
import { parseJson } from "../command/json.mjs";

/**
 * A registry that the configuration names.
 * @typedef {object} Store
 * @property {string} server host and port
 * @property {string} folder
 * @property {{ username: string, password: string }} [login]
 * @property {string} [certificateAuthority] PEM
 *
 * What a registry says of one image; `silent`: why nothing could be asked.
 * @typedef {{ is: "there" } | { is: "missing" } | { is: "refused", status: number }
 *   | { is: "silent", why: string }} Answer
 *
 * @typedef {object} Reply
 * @property {number} status
 * @property {string} challenge the header WWW-Authenticate
 * @property {string} body
 */

const patienceMs = 10_000;
const manifests = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
].join(", ");

/**
 * Whether a registry has an image. Never rejects.
 * @param {Store} store
 * @param {string} image
 * @param {string} tag
 * @returns {Promise<Answer>}
 */
export async function ask(store, image, tag) {
  const host = store.server === "docker.io" ? "registry-1.docker.io" : store.server;
  const url = new URL(`https://${host}/v2/${store.folder}/${image}/manifests/${tag}`);
  /** @param {string} [authorization] */
  const look = (authorization) =>
    send(store, "HEAD", url, {
      accept: manifests,
      ...(authorization === undefined ? {} : { authorization }),
    });
  try {
    const first = await look();
    const authorization =
      first.status === 401 ? await authorize(store, first.challenge) : undefined;
    const { status } = authorization === undefined ? first : await look(authorization);
    if (status === 200) return { is: "there" };
    if (status === 404) return { is: "missing" };
    if (status === 401 || status === 403) return { is: "refused", status };
    return { is: "silent", why: `HTTP ${String(status)}` };
  } catch (error) {
    return { is: "silent", why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * What to show a registry that asks who is there; nothing where that can't be known.
 * @param {Store} store
 * @param {string} challenge
 * @returns {Promise<string | undefined>}
 */
async function authorize(store, challenge) {
  const basic = store.login && basicOf(store.login);
  if (!/^bearer /i.test(challenge)) return basic;
  const { realm = "", ...rest } = challengeOf(challenge);
  if (!realm.startsWith("https://")) return undefined;
  const url = new URL(realm);
  for (const [key, value] of Object.entries(rest)) url.searchParams.set(key, value);
  const { status, body } = await send(
    store,
    "GET",
    url,
    basic === undefined ? {} : { authorization: basic },
  );
  if (status !== 200) return undefined;
  const reply = /** @type {{ token?: string, access_token?: string }} */ (parseJson(body));
  const token = reply.token ?? reply.access_token;
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** @param {{ username: string, password: string }} login */
function basicOf({ username, password }) {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/**
 * The parameters of a WWW-Authenticate header.
 * @param {string} challenge
 * @returns {Record<string, string>}
 */
function challengeOf(challenge) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [, key = "", value = ""] of challenge.matchAll(/(\w+)="([^"]*)"/g)) {
    found[key] = value;
  }
  return found;
}

/**
 * @param {Store} store
 * @param {string} method
 * @param {URL} url
 * @param {Record<string, string>} headers
 * @returns {Promise<Reply>}
 */
function send({ certificateAuthority }, method, url, headers) {
  const ca = certificateAuthority && { ca: [...rootCertificates, certificateAuthority] };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, timeout: patienceMs, ...ca }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        body += text;
      });
      response.on("end", () => {
        const { statusCode = 0, headers: sent } = response;
        resolve({ status: statusCode, challenge: sent["www-authenticate"] ?? "", body });
      });
      response.on("error", reject);
    });
    asked.on("timeout", () => {
      asked.destroy(new Error(`no answer for ${String(patienceMs / 1000)} s`));
    });
    asked.on("error", reject);
    asked.end();
  });
}
