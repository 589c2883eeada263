// @ts-check
// The programs of this computer that tests call, and a PATH that has these and no others: a test that
// calls one more fails here, and not first on a computer that lacks it.
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { must, run } from "../scripts/lib/command/run.mjs";

/** Debian's packages beside the essential ones, each with a program by which to see that it is there. */
const packages = {
  chromium: "chromium",
  git: "git",
  iproute2: "ip",
  nftables: "nft",
  "openssh-client": "ssh-keygen",
  "openssh-server": "sshd",
  openssl: "openssl",
  procps: "sysctl",
  shellcheck: "shellcheck",
  xfsprogs: "mkfs.xfs",
};

/** What `npm run up` installs, or finds; its own checks name what is missing. */
const installedByUp = [
  "apt",
  "containerd",
  "debootstrap",
  "docker.io",
  "gpgv",
  "iptables",
  "runc",
  "wget",
];

/**
 * Of these, programs that `up` needs at once: it installs them when the PATH below is made already, so that
 * has links which lead somewhere from then on.
 */
const usedWhenInstalled = ["/usr/sbin/debootstrap", "/usr/bin/wget"];

/** What every Debian has, of whichever package its owner chose. */
const anyPackages = ["awk"];

/** What the README asks for, wherever it is installed; `npm` comes with `node`. */
const askedFor = ["node", "npm", "go", "gofmt", "docker", "python3"];

/** What tests use where a computer has it, and say where it does not (images/monitoring/tests). */
const whereThere = ["prometheus", "promtool", "prometheus-alertmanager", "amtool"];

/** Where this computer's own programs are; a user's PATH may lack the last two. */
const systemPath = [process.env["PATH"], "/usr/sbin", "/sbin"].join(delimiter);

/**
 * The first place of a program.
 * @param {string} program
 * @returns {Promise<string | undefined>}
 */
async function placeOf(program) {
  const { code, stdout } = await run("sh", ["-c", 'command -v "$1"', "sh", program], {
    env: { ...process.env, PATH: systemPath },
  });
  return code === 0 ? stdout.trim() : undefined;
}

/** Installs what is missing, or says what to install. */
export async function installHostTools() {
  const missing = [];
  for (const [name, program] of Object.entries(packages)) {
    if ((await placeOf(program)) === undefined) missing.push(name);
  }
  if (missing.length === 0) return;
  const fix = `Install them: apt-get install ${missing.join(" ")}`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await must("apt-get", ["update"], { doing: "reading the package lists", fix, env });
  await must("apt-get", ["install", "-y", "--no-install-recommends", ...missing], {
    doing: `installing ${missing.join(", ")}`,
    fix,
    env,
  });
}

/** Packages that every Debian has, those that the tests name, and those that `up` installs. */
async function allowedPackages() {
  const format = "${Package}\t${Essential}\t${Priority}\t${db:Status-Abbrev}\n";
  const listed = await must("dpkg-query", ["-W", "-f", format], {
    doing: "asking which packages are installed",
  });
  const installed = listed
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([, , , status]) => status?.startsWith("ii") === true);
  const named = new Set([...Object.keys(packages), ...installedByUp]);
  return installed
    .filter(
      ([name = "", essential, priority]) =>
        essential === "yes" || priority === "required" || named.has(name),
    )
    .map(([name = ""]) => name);
}

/** Programs that Debian chooses among several packages', such as awk: name and place. */
function alternatives(/** @type {ReadonlySet<string>} */ programs) {
  const folder = "/etc/alternatives";
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) => entry.isSymbolicLink() && programs.has(readlinkSync(join(folder, entry.name))),
    )
    .map(({ name }) => join(folder, name));
}

/**
 * Makes a folder of links to the programs that tests may call.
 * @param {string} folder made anew
 * @returns {Promise<string | undefined>} PATH for the tests; undefined, with the reason printed, where
 *   the computer is no Debian and nobody can tell which program is whose
 */
export async function hostToolsPath(folder) {
  if (!existsSync("/usr/bin/dpkg-query")) {
    console.log(
      "This is no Debian: the tests run with the whole PATH, not with the declared tools.",
    );
    return undefined;
  }
  const listed = await must("dpkg-query", ["-L", ...(await allowedPackages())], {
    doing: "asking which programs the packages have",
  });
  const programs = listed.split("\n").filter((file) => /^\/(usr\/)?s?bin\/[^/]+$/.test(file));
  const places = await Promise.all([...anyPackages, ...askedFor, ...whereThere].map(placeOf));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The last wins: what the user has first on PATH goes before Debian's.
  const chosen = new Map(
    [
      ...programs,
      ...alternatives(new Set(programs)),
      ...places.filter((place) => place !== undefined),
    ].map((place) => [basename(place), place]),
  );
  for (const place of usedWhenInstalled) chosen.set(basename(place), place);
  for (const [name, place] of chosen) {
    if (existsSync(place) || usedWhenInstalled.includes(place)) {
      symlinkSync(place, join(folder, name));
    }
  }
  return folder;
}
