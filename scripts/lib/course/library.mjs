// @ts-check
// The course's library: packages that everybody's Python finds, without a new image.
import { exitCodes, Failure } from "../command/fail.mjs";
import { table } from "../command/text.mjs";
import { loadProgram } from "../pulumi/program.mjs";
import { gather } from "../docker/streams.mjs";

/**
 * @typedef {object} Library
 * @property {string | null} current
 * @property {Record<string, string[]>} versions what each was made for, oldest first
 * @property {string} [folder] one that was begun
 *
 * @typedef {{ do: string, folder?: string, requirements?: string[], version?: string }} Request
 */

/** As whom packages are fetched (images/homes/semesterhub_intake/library.py). */
const builder = "10997:10997";
const gibibyte = 2 ** 30;

/**
 * Asks where the files are.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {Request} request
 * @returns {Promise<Library>}
 */
export async function askLibrary(engines, request) {
  const command = ["python3", "-m", "semesterhub_intake.library"];
  return /** @type {Library} */ (await engines.request("intake", command, request));
}

/**
 * The names that were typed, as pip reads them.
 * @param {readonly string[]} names
 * @returns {import("../../../config/environment.js").Requirement[]}
 */
export function readNames(names) {
  const { parseRequirement } = loadProgram("config/environment");
  return names.map((text) => {
    const read = parseRequirement(text);
    if (read !== undefined && !/[@;]/.test(text)) return read;
    throw new Failure(`"${text}" is not the name of a Python package.`, {
      fix: "Write NAME or NAME==VERSION, for example torch==2.9.1.",
      code: exitCodes.usage,
    });
  });
}

/**
 * What a new version is made for: the last one's packages with some more, or without some.
 * @param {readonly string[]} last
 * @param {"add" | "remove"} step
 * @param {readonly import("../../../config/environment.js").Requirement[]} named
 */
export function changed(last, step, named) {
  const names = new Set(named.map(({ name }) => name));
  const before = readNames(last);
  if (step === "remove") {
    const missing = named.find(({ name }) => !before.some((one) => one.name === name));
    if (missing !== undefined) {
      throw new Failure(`${missing.name} is not in the library.`, {
        fix: "npm run library shows what is.",
        code: exitCodes.usage,
      });
    }
  }
  const rest = before.filter(({ name }) => !names.has(name));
  return [...rest, ...(step === "add" ? named : [])].map(({ line }) => line);
}

/**
 * Fetches packages in a container of its own, which has nothing but the new version's folder.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {string} folder
 * @param {readonly string[]} lines
 * @returns {Promise<string[]>} all that was installed, with versions
 */
export async function fetchPackages(engines, folder, lines) {
  if (lines.length === 0) return [];
  const { storage, stack } = engines;
  const inspect = async (/** @type {string} */ service) =>
    storage.docker.getContainer((await engines.containerOf(service)).id).inspect();
  // The grading service's image is the notebook image with more in it, and is on this machine.
  const { Config } = await inspect("grading");
  const { Mounts } = await inspect("intake");
  const tree = Mounts.find(({ Destination }) => Destination === "/srv/semesterhub")?.Source ?? "";
  const container = await storage.patient.createContainer({
    Image: Config.Image,
    User: builder,
    Entrypoint: ["/opt/notebook/bin/python", "-I", "-m", "semesterhub_notebook.library"],
    Cmd: ["/srv/new/python", ...lines],
    // Not in memory: packages are unpacked there.
    Env: ["HOME=/tmp", "TMPDIR=/srv/new"],
    Labels: { "semesterhub.stack": stack },
    HostConfig: {
      Binds: [`${tree}/shared/library/${folder}:/srv/new`],
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "" },
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Memory: 2 * gibibyte,
      PidsLimit: 256,
    },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const said = gather(storage.patient, /** @type {never} */ (stream));
    await container.start();
    const [stdout = "", stderr = ""] = await said;
    /** @type {unknown} */
    const ended = await container.wait();
    if (/** @type {{ StatusCode: number }} */ (ended).StatusCode !== 0) {
      throw new Failure(`The library stays as it is. ${stderr.trim() || stdout.trim()}`, {
        fix: "npm run library shows what is in it.",
      });
    }
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    await container.remove({ force: true });
  }
}

/** @param {Library} library */
export function libraryTable({ current, versions }) {
  const rows = Object.entries(versions).map(([version, packages]) => [
    version === current ? "→" : "",
    version,
    packages.join(", "),
  ]);
  if (rows.length === 0) return "The library is empty: npm run library -- add NAME";
  return table([["", "version", "packages"], ...rows]);
}
