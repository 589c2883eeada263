// @ts-check
// Starting other programs: always with a list of arguments, never through a shell.
import { execFile } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "./fail.mjs";

/**
 * @typedef {object} Result
 * @property {number} code exit code; 127 when the program is not there, 124 when it took too long
 * @property {string} stdout
 * @property {string} stderr
 *
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {string} [input] standard input
 * @property {number} [seconds] how long it may take
 * @property {(line: string) => void} [onLine] sees each line as it is written
 */

/**
 * Runs a program and gathers what it prints. Never rejects: look at `code`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export function run(program, args, { env = process.env, cwd, input, seconds = 0, onLine } = {}) {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        ...{ env, timeout: seconds * 1000, killSignal: "SIGKILL", maxBuffer: Infinity },
        ...(cwd !== undefined && { cwd }),
      },
      (error, stdout, stderr) => {
        // The exit code, or the name of what kept the program from being started.
        const { code = 0, killed = false } = error ?? {};
        if (typeof code === "string") resolve({ code: 127, stdout, stderr: error?.message ?? "" });
        else resolve({ code: killed ? 124 : (code ?? 1), stdout, stderr });
      },
    );
    for (const stream of onLine === undefined ? [] : [child.stdout, child.stderr]) {
      if (stream && onLine) createInterface({ input: stream }).on("line", onLine);
    }
    // A program may end before it read its input; its exit code says why.
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/** Programs say what is wrong first or last; of a long text both are shown. */
const shownLines = 8;

/** @param {string} text */
function shortened(text) {
  const lines = text.split("\n");
  const shown =
    lines.length <= 2 * shownLines
      ? lines
      : [...lines.slice(0, shownLines), "…", ...lines.slice(-shownLines)];
  return shown.join("\n  ");
}

/**
 * Runs a program that must succeed, and gives its standard output.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions & { doing: string, fix?: string }} options `doing`: what fails if it fails
 */
export async function must(program, args, { doing, fix, ...options }) {
  const result = await run(program, args, options);
  if (result.code !== 0) {
    const said = shortened(result.stderr.trim() || result.stdout.trim());
    throw new Failure(
      `${doing} failed (${program} ended with ${String(result.code)}):\n  ${said}`,
      fix === undefined ? {} : { fix },
    );
  }
  return result.stdout;
}
