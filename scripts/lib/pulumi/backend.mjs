// @ts-check
// Where the state is: in a backend that somebody is logged in to or, where nobody is, in the working copy.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "../command/fail.mjs";
import { parseJson } from "../command/json.mjs";
import { paths, project, working } from "../command/paths.mjs";

/**
 * @typedef {{ own: true } | { own: false, url: string, credentials?: string }} Login
 *   own: nobody is logged in, so state and passphrase are kept in the working copy.
 *   credentials: the folder with the login, which the tools' own PULUMI_HOME would hide.
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} home the user's home folder
 * @returns {Login}
 */
export function findLogin(env, home = homedir()) {
  const folder = env["PULUMI_CREDENTIALS_PATH"] ?? env["PULUMI_HOME"] ?? join(home, ".pulumi");
  const url = env["PULUMI_BACKEND_URL"];
  if (url !== undefined && url !== "") return { own: false, url };
  const current = currentBackend(join(folder, "credentials.json"));
  if (current !== undefined) return { own: false, url: current, credentials: folder };
  if ((env["PULUMI_ACCESS_TOKEN"] ?? "") !== "") {
    return { own: false, url: "https://api.pulumi.com" };
  }
  return { own: true };
}

/** @param {string} file */
function currentBackend(file) {
  if (!existsSync(file)) return undefined;
  try {
    const { current } = /** @type {{ current?: string }} */ (parseJson(readFileSync(file, "utf8")));
    return current === "" ? undefined : current;
  } catch {
    return undefined;
  }
}

/** Whether the working copy's own state knows a stack. @param {string} name */
export function ownStackExists(name) {
  return existsSync(join(paths.state, ".pulumi", "stacks", project, `${name}.json`));
}

/**
 * What the CLI is told beside this process's own environment; what is undefined is left out of that.
 * @param {Readonly<Record<string, string>>} env
 * @param {Login} login
 * @returns {Record<string, string>}
 */
export function cliEnvironment(env, login) {
  const own = login.own
    ? {
        PULUMI_BACKEND_URL: pathToFileURL(paths.state).href,
        PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
        // A passphrase in the environment belongs to some other state, and would win over the file.
        PULUMI_CONFIG_PASSPHRASE: undefined,
      }
    : {
        PULUMI_BACKEND_URL: login.url,
        ...(login.credentials === undefined ? {} : { PULUMI_CREDENTIALS_PATH: login.credentials }),
      };
  // The stack is the one that --stack says.
  const all = { ...env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_STACK: undefined, ...own };
  return /** @type {never} */ (all);
}

/** Makes the passphrase of the state once; it is never made again while there is state. */
export function ensurePassphrase() {
  if (existsSync(paths.passphrase)) {
    chmodSync(paths.passphrase, 0o600);
    return;
  }
  if (existsSync(join(paths.state, ".pulumi", "stacks"))) {
    throw new Failure(`${paths.passphrase} is missing, and the state here is encrypted with it.`, {
      fix: `Bring the file back from a copy. Without it, remove ${working} and what Docker still runs of the course.`,
    });
  }
  writeFileSync(paths.passphrase, `${randomBytes(32).toString("base64url")}\n`, {
    mode: 0o600,
    flag: "wx",
  });
}
