// @ts-check
// Asks an OpenStack cloud over HTTP, without its command line client.
import { readFileSync } from "node:fs";
import { Failure, messageOf } from "../command/fail.mjs";
import { send } from "../command/http.mjs";
import { parseJson } from "../command/json.mjs";

/** @typedef {import("./openstackCredentials.mjs").Credentials} Credentials */

/**
 * What a service's types are called, the newest first, and the version that goes behind its address
 * where the catalog leaves it out.
 * @type {Readonly<Record<"compute" | "network" | "volume" | "object", { types: string[], version: string }>>}
 */
const services = {
  compute: { types: ["compute"], version: "v2.1" },
  network: { types: ["network"], version: "v2.0" },
  volume: { types: ["block-storage", "volumev3", "volume"], version: "v3" },
  object: { types: ["object-store"], version: "" },
};

/** @typedef {keyof typeof services} Service */

/** A cloud that has let the operator in. */
export class Cloud {
  /**
   * @param {Credentials} credentials
   * @param {string} token
   * @param {Token} about what Keystone says of it
   */
  constructor(credentials, token, about) {
    this.credentials = credentials;
    this.token = token;
    this.project = about.project;
    /** Whether the operator's own credential may not make others. */
    this.restricted = about.application_credential?.restricted === true;
    this.catalog = about.catalog ?? [];
  }

  /** A service's address. @param {Service} service */
  endpoint(service) {
    const { types, version } = services[service];
    const { region, interface: side } = this.credentials;
    for (const type of types) {
      const url = this.catalog
        .filter((entry) => entry.type === type)
        .flatMap(({ endpoints }) => endpoints)
        .find(
          (endpoint) =>
            endpoint.interface === side &&
            (region === undefined || endpoint.region === region || endpoint.region_id === region),
        )?.url;
      if (url === undefined) continue;
      const trimmed = url.replace(/\/+$/, "");
      return version === "" || /\/v\d(\.\d+)?(\/|$)/.test(trimmed)
        ? trimmed
        : `${trimmed}/${version}`;
    }
    return undefined;
  }

  /** The regions that the catalog knows. */
  get regions() {
    return [
      ...new Set(this.catalog.flatMap(({ endpoints }) => endpoints.map(({ region }) => region))),
    ];
  }

  /**
   * What a service answers.
   * @param {Service} service
   * @param {string} path
   * @returns {Promise<unknown>}
   */
  async get(service, path) {
    const endpoint = this.endpoint(service);
    if (endpoint === undefined) throw new Error(`the catalog has no ${service} service`);
    const url = `${endpoint}${path}`;
    const { status, body } = await ask(this.credentials, url, {
      headers: { "X-Auth-Token": this.token, Accept: "application/json" },
    });
    if (status !== 200) throw new Error(`${url} answered ${String(status)}: ${errorIn(body)}`);
    return parseJson(body);
  }
}

/**
 * @typedef {object} Token
 * @property {{ id: string, name: string }} [project]
 * @property {{ restricted?: boolean }} [application_credential]
 * @property {{ type: string, endpoints: { interface: string, region: string, region_id?: string, url: string }[] }[]} [catalog]
 */

/**
 * Logs in.
 * @param {Credentials} credentials
 * @returns {Promise<Cloud>}
 */
export async function logIn(credentials) {
  const { authUrl, identity, scope, from } = credentials;
  const { status, headers, body } = await ask(credentials, `${authUrl}/auth/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ auth: { identity, ...(scope === undefined ? {} : { scope }) } }),
  });
  if (status === 401) {
    throw new Failure(`The cloud at ${authUrl} does not let you in: ${errorIn(body)}`, {
      fix: `The credentials are from ${from}: check that they are still valid.`,
    });
  }
  const token = headers["x-subject-token"];
  if (status !== 201 || typeof token !== "string") {
    throw new Failure(`The cloud at ${authUrl} answered ${String(status)}: ${errorIn(body)}`, {
      fix: `Is that Keystone's address? It is from ${from}.`,
    });
  }
  const { token: about } = /** @type {{ token: Token }} */ (parseJson(body));
  if (about.project === undefined) {
    throw new Failure(`The credentials in ${from} name no project.`, {
      fix: "Add project_name (and project_domain_name) to them, or use an application credential.",
    });
  }
  return new Cloud(credentials, token, about);
}

/** @param {string} body */
function errorIn(body) {
  try {
    const parsed = /** @type {Record<string, unknown>} */ (parseJson(body));
    const [inner] = Object.values(parsed);
    const message = /** @type {{ message?: unknown } | undefined} */ (inner)?.message;
    return typeof message === "string" ? message : body.slice(0, 200);
  } catch {
    return body.slice(0, 200);
  }
}

/**
 * @param {Pick<Credentials, "cacert" | "verify">} credentials
 * @param {string} url
 * @param {{ method?: string, headers: Record<string, string>, body?: string }} options
 */
async function ask({ cacert, verify }, url, options) {
  const ca = cacert !== undefined && { ca: readFileSync(cacert) };
  try {
    return await send(url, { seconds: 20, rejectUnauthorized: verify, ...ca, ...options });
  } catch (error) {
    throw new Failure(`The cloud does not answer at ${url}: ${messageOf(error)}.`, {
      fix: "Is its network reachable from here (a VPN)? A private authority's certificate goes into clouds.yaml as cacert.",
    });
  }
}
