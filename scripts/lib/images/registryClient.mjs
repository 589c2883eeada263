// @ts-check
// Asks a registry of images, as Docker would (the distribution protocol), whether it has one.
import { rootCertificates } from "node:tls";
import { messageOf } from "../command/fail.mjs";
import { send } from "../command/http.mjs";
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
 */

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
  const look = (/** @type {string | undefined} */ authorization) =>
    send(url, { ...connectionTo(store, authorization, { accept: manifests }), method: "HEAD" });
  try {
    const first = await look(undefined);
    const authorization =
      first.status === 401
        ? await authorize(store, first.headers["www-authenticate"] ?? "")
        : undefined;
    const { status } = authorization === undefined ? first : await look(authorization);
    if (status === 200) return { is: "there" };
    if (status === 404) return { is: "missing" };
    if (status === 401 || status === 403) return { is: "refused", status };
    return { is: "silent", why: `HTTP ${String(status)}` };
  } catch (error) {
    return { is: "silent", why: messageOf(error) };
  }
}

/**
 * What to show a registry that asks who is there; nothing where that can't be known.
 * @param {Store} store
 * @param {string} challenge
 */
async function authorize(store, challenge) {
  const basic = store.login && basicOf(store.login);
  if (!/^bearer /i.test(challenge)) return basic;
  const { realm = "", ...rest } = challengeOf(challenge);
  if (!realm.startsWith("https://")) return undefined;
  const url = new URL(realm);
  for (const [key, value] of Object.entries(rest)) url.searchParams.set(key, value);
  const { status, body } = await send(url, connectionTo(store, basic));
  if (status !== 200) return undefined;
  const reply = /** @type {{ token?: string, access_token?: string }} */ (parseJson(body));
  const token = reply.token ?? reply.access_token;
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** @param {{ username: string, password: string }} login */
function basicOf({ username, password }) {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** The parameters of a WWW-Authenticate header. @param {string} challenge */
function challengeOf(challenge) {
  const found = [...challenge.matchAll(/(\w+)="([^"]*)"/g)];
  /** @type {Record<string, string>} */
  const parameters = Object.fromEntries(found.map(([, key = "", value = ""]) => [key, value]));
  return parameters;
}

/**
 * @param {Store} store
 * @param {string | undefined} authorization
 * @param {Record<string, string>} [headers]
 */
function connectionTo({ certificateAuthority }, authorization, headers) {
  return {
    seconds: 10,
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    ...(certificateAuthority !== undefined && { ca: [...rootCertificates, certificateAuthority] }),
  };
}
