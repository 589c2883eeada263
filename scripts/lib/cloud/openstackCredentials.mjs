// @ts-check
// Who the operator is in a cloud: an entry of clouds.yaml, or the variables OS_*, as OpenStack's own
// tools and the provider read them.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { Failure, messageOf } from "../command/fail.mjs";
import { at } from "../command/json.mjs";

/**
 * @typedef {object} Credentials
 * @property {string} authUrl Keystone, with /v3
 * @property {object} identity the part `identity` of a request for a token
 * @property {object | undefined} scope the part `scope`
 * @property {string | undefined} region
 * @property {string} interface "public", "internal" or "admin"
 * @property {string | undefined} cacert path of a file
 * @property {boolean} verify
 * @property {string} from where they were found
 */

/** Names of settings in clouds.yaml and of the variables that stand for them. */
const names = {
  auth_url: "OS_AUTH_URL",
  application_credential_id: "OS_APPLICATION_CREDENTIAL_ID",
  application_credential_name: "OS_APPLICATION_CREDENTIAL_NAME",
  application_credential_secret: "OS_APPLICATION_CREDENTIAL_SECRET",
  username: "OS_USERNAME",
  user_id: "OS_USER_ID",
  password: "OS_PASSWORD",
  token: "OS_TOKEN",
  user_domain_name: "OS_USER_DOMAIN_NAME",
  user_domain_id: "OS_USER_DOMAIN_ID",
  project_name: "OS_PROJECT_NAME",
  project_id: "OS_PROJECT_ID",
  project_domain_name: "OS_PROJECT_DOMAIN_NAME",
  project_domain_id: "OS_PROJECT_DOMAIN_ID",
};

/**
 * @param {{ cloud?: string | undefined, region?: string | undefined }} wanted as the configuration says
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder where clouds.yaml may be
 * @returns {Credentials}
 */
export function findCredentials(wanted, env, folder) {
  const cloud = wanted.cloud ?? env["OS_CLOUD"];
  const found = cloud === undefined ? fromVariables(env) : fromFile(cloud, env, folder);
  const { setting, from } = found;
  const authUrl = setting("auth_url");
  if (authUrl === undefined) {
    throw new Failure(
      cloud === undefined
        ? "No cloud is named: neither semesterhub:openstack cloud nor OS_CLOUD or OS_AUTH_URL is set."
        : `${from} says no auth_url for the cloud ${cloud}.`,
      {
        fix: "Download clouds.yaml from the cloud's dashboard (API Access), put it in ~/.config/openstack, and name the cloud in semesterhub:openstack cloud.",
      },
    );
  }
  return {
    authUrl: `${authUrl.replace(/\/+(v3|v2\.0)?\/*$/, "")}/v3`,
    ...identityOf(setting, from),
    region: wanted.region ?? found.region,
    interface: found.interface,
    cacert: found.cacert,
    verify: found.verify,
    from,
  };
}

/**
 * @typedef {(name: keyof typeof names) => string | undefined} Setting
 *
 * @typedef {object} Found
 * @property {Setting} setting
 * @property {string} from
 * @property {string | undefined} region
 * @property {string} interface
 * @property {string | undefined} cacert
 * @property {boolean} verify
 */

/** @param {NodeJS.ProcessEnv} env @returns {Found} */
function fromVariables(env) {
  return {
    setting: (name) =>
      env[names[name]] ?? (name === "project_name" ? env["OS_TENANT_NAME"] : undefined),
    from: "the variables OS_*",
    region: env["OS_REGION_NAME"],
    interface: (env["OS_INTERFACE"] ?? env["OS_ENDPOINT_TYPE"] ?? "public").replace(/URL$/, ""),
    cacert: env["OS_CACERT"],
    verify: !/^(1|true|yes)$/i.test(env["OS_INSECURE"] ?? ""),
  };
}

/**
 * @param {string} cloud
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 * @returns {Found}
 */
function fromFile(cloud, env, folder) {
  const own = env["OS_CLIENT_CONFIG_FILE"];
  const places = [
    ...(own === undefined ? [] : [own]),
    join(folder, "clouds.yaml"),
    join(homedir(), ".config/openstack/clouds.yaml"),
    "/etc/openstack/clouds.yaml",
  ];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) {
    throw new Failure(`There is no clouds.yaml, which says where the cloud ${cloud} is.`, {
      fix: `Download it from the cloud's dashboard (API Access) and put it in ${places[own === undefined ? 1 : 2] ?? ""}, or say where it is: OS_CLIENT_CONFIG_FILE.`,
    });
  }
  const clouds = cloudsOf(file);
  const names = Object.keys(clouds);
  if (!names.includes(cloud)) {
    throw new Failure(
      `${file} has no cloud called ${cloud}; it has ${names.join(", ") || "none"}.`,
      {
        fix: "Write one of those in semesterhub:openstack cloud, or add yours to the file.",
      },
    );
  }
  // What is secret may be in a file of its own beside it.
  const secure = join(dirname(file), "secure.yaml");
  const secrets = existsSync(secure) ? cloudsOf(secure) : {};
  /** @param {string[]} path */
  const at = (...path) => textAt(secrets, cloud, ...path) ?? textAt(clouds, cloud, ...path);
  return {
    setting: (name) => at("auth", name),
    from: file,
    region: at("region_name") ?? env["OS_REGION_NAME"],
    interface: (at("interface") ?? "public").replace(/URL$/, ""),
    cacert: at("cacert") ?? env["OS_CACERT"],
    verify: at("verify")?.toLowerCase() !== "false",
  };
}

/**
 * The section `clouds` of a file.
 * @param {string} file
 * @returns {Record<string, unknown>}
 */
function cloudsOf(file) {
  /** @type {unknown} */
  let content;
  try {
    // every value as text, as OpenStack's own tools take it: a password may be 0123
    content = parse(readFileSync(file, "utf8"), { schema: "failsafe", merge: true });
  } catch (error) {
    throw new Failure(`${file} is not YAML: ${messageOf(error).split("\n")[0] ?? ""}`, {
      fix: "Put that line right, or download the file again from the cloud's dashboard (API Access).",
    });
  }
  return /** @type {Record<string, unknown>} */ (at(content, "clouds") ?? {});
}

/**
 * A single value somewhere below a node, as text.
 * @param {unknown} node
 * @param {readonly string[]} path
 */
function textAt(node, ...path) {
  const found = at(node, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/**
 * @param {Setting} setting
 * @param {string} from
 * @returns {Pick<Credentials, "identity" | "scope">}
 */
function identityOf(setting, from) {
  const user = nameOrId(setting("user_id"), setting("username"), {
    domain: domain(setting("user_domain_id"), setting("user_domain_name")),
  });
  const secret = setting("application_credential_secret");
  if (secret !== undefined) {
    const credential = nameOrId(
      setting("application_credential_id"),
      setting("application_credential_name"),
      { user },
    );
    return {
      identity: {
        methods: ["application_credential"],
        application_credential: { ...credential, secret },
      },
      // It is of one project, and says so itself.
      scope: undefined,
    };
  }
  const project = nameOrId(setting("project_id"), setting("project_name"), {
    domain: domain(setting("project_domain_id"), setting("project_domain_name")),
  });
  const scope = project && { project };
  const token = setting("token");
  if (token !== undefined) return { identity: { methods: ["token"], token: { id: token } }, scope };
  const password = setting("password");
  if (password === undefined || user === undefined) {
    throw new Failure(`${from} has neither an application credential nor a user with a password.`, {
      fix: "Make an application credential in the cloud's dashboard (Identity) and download its clouds.yaml.",
    });
  }
  return { identity: { methods: ["password"], password: { user: { ...user, password } } }, scope };
}

/**
 * A thing as Keystone is told of it: by its ID or, with whose it is, by its name.
 * @param {string | undefined} id
 * @param {string | undefined} name
 * @param {object} whose
 */
function nameOrId(id, name, whose) {
  if (id !== undefined) return { id };
  return name === undefined ? undefined : { name, ...whose };
}

/** @param {string | undefined} id @param {string | undefined} name */
function domain(id, name) {
  return name !== undefined && id === undefined ? { name } : { id: id ?? "default" };
}
