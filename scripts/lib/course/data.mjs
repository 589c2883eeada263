// @ts-check
// Removing a semester's files: the one thing here that can't be undone.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { Failure, messageOf } from "../command/fail.mjs";

/** Folders that hold more than a semester, however they came into the configuration. */
const shared = [
  "/bin /boot /dev /etc /home /lib /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var",
  "/home/* /media/* /mnt/* /var/lib /var/log /var/lib/docker /var/lib/semesterhub /usr/local",
].flatMap((line) => line.split(" "));

/**
 * Why a folder must not be removed, if it must not.
 * @param {string} path
 * @param {string} home the user's own folder
 */
export function whyKeep(path, home = homedir()) {
  if (!path.startsWith("/")) return "it is not an absolute path";
  const folder = resolve(path);
  const levels = folder.split("/").filter((part) => part !== "");
  if (levels.length < 2) return "it is not a semester's own folder";
  if (folder === home) return "it is somebody's home";
  const known = shared.some((pattern) =>
    pattern.endsWith("/*")
      ? folder.startsWith(pattern.slice(0, -1)) && levels.length === 2
      : folder === pattern,
  );
  return known ? "it holds more than a semester" : undefined;
}

/** Removes a folder with everything in it. @param {string} path */
export async function removeFolder(path) {
  const reason = whyKeep(path);
  if (reason !== undefined) {
    throw new Failure(`${path} is not removed: ${reason}.`, { fix: "Remove it by hand." });
  }
  if (!existsSync(path)) return;
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw new Failure(`${path} could not be removed: ${messageOf(error)}`, {
      fix: `Remove it as root: rm -rf ${path}`,
    });
  }
}
