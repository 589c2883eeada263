// @ts-check
// Whose state it is: a backend that somebody is logged in to, or the working copy's own.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseJson } from "../command/json.mjs";

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
