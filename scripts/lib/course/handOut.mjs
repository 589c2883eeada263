// @ts-check
// Files for everybody's home: what is read here, and what became of it there.
import { lstatSync } from "node:fs";
import { basename, resolve } from "node:path";
import { Failure } from "../command/fail.mjs";
import { counted } from "../command/text.mjs";
import { loadProgram } from "../pulumi/program.mjs";

/**
 * @typedef {object} HandedOut a file as it travels
 * @property {string} path below a home
 * @property {string} content base64
 * @property {boolean} executable
 *
 * @typedef {object} Given what became of it in one home
 * @property {string} username
 * @property {number} given
 * @property {number} kept files whose name was there
 * @property {string} problem
 *
 * @typedef {object} Answer
 * @property {string[]} kept what homes get that are made later
 * @property {Given[]} [people]
 */

/** As the other side has it (images/homes/semesterhub_intake/hand_out.py). */
const mostBytes = 32 * 2 ** 20;

/**
 * Reads files and folders; each comes to lie at the top of a home, under its own name.
 * @param {readonly string[]} names
 * @returns {HandedOut[]}
 */
export function readFiles(names) {
  const { collectFiles } = loadProgram("config/hostFacts");
  const files = names.flatMap((name) => {
    const top = basename(resolve(name));
    try {
      lstatSync(name);
      return collectFiles(resolve(name)).map(({ path, content, executable }) => ({
        path: path === "" ? top : `${top}/${path}`,
        content: content.toString("base64"),
        executable,
      }));
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? String(error);
      throw new Failure(
        `${name} ${code === "ENOENT" ? "does not exist" : `can't be read: ${code}`}.`,
        { fix: "Name files or folders of this computer." },
      );
    }
  });
  const bytes = files.reduce((sum, { content }) => sum + (content.length * 3) / 4, 0);
  if (bytes > mostBytes) {
    throw new Failure(
      `${names.join(", ")}: more than ${String(mostBytes >> 20)} MB for each home.`,
      {
        fix: "Staff put large files into /srv/shared, where everybody can read them.",
      },
    );
  }
  if (files.length === 0) {
    throw new Failure(`${names.join(", ")}: there is no file in it.`, {
      fix: "Name a file, or a folder with files.",
    });
  }
  return files;
}

/**
 * Asks for one thing, where the files are.
 * @param {import("../docker/engines.mjs").Engines} engines
 * @param {{ do: "give", files: readonly HandedOut[] } | { do: "list" } | { do: "forget", path: string }} request
 * @returns {Promise<Answer>}
 */
export async function askHandOut(engines, request) {
  const command = ["python3", "-m", "semesterhub_intake.hand_out"];
  return /** @type {Answer} */ (await engines.request("intake", command, request));
}

/**
 * What became of it, in words; names only where somebody has to look.
 * @param {readonly Given[]} people
 * @param {number} files
 */
export function outcome(people, files) {
  const well = people.filter(({ problem }) => problem === "");
  const all = well.filter(({ given }) => given === files).length;
  const had = well.length - all;
  return [
    `${counted(files, "file")} handed out to ${counted(all, "home")}` +
      (had > 0 ? `; in ${counted(had, "home")} something of that name was there and stays` : ""),
    ...people
      .filter(({ problem }) => problem !== "")
      .map(({ username, problem }) => `  ${username}: ${problem}`),
    "Homes that are made later get them too.",
  ].join("\n");
}
