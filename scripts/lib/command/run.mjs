// @ts-check
// Starting other programs: always with a list of arguments, never through a shell.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { exitCodes, Failure } from "./fail.mjs";

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
export function run(program, args, { env, cwd, input, seconds, onLine } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: env ?? process.env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let late = false;
    const timer =
      seconds === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill("SIGKILL");
          }, seconds * 1000);
    child.stdout?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      stderr += text;
    });
    if (onLine !== undefined) {
      for (const stream of [child.stdout, child.stderr]) {
        if (stream !== null) createInterface({ input: stream }).on("line", onLine);
      }
    }
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout, stderr: error.message });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: late ? 124 : (code ?? 1), stdout, stderr });
    });
    child.stdin?.on("error", () => {
      // The program ended before it read its input; its exit code says why.
    });
    child.stdin?.end(input);
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

/** Ctrl-C arrives twice under npm, from the terminal and from npm: within this time it is one. */
const sameSignalMs = 1000;

/**
 * Runs a program that must not be cut short: an interrupt is answered with words, and it goes on.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} onInterrupt what is said
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code
 */
export function protect(program, args, onInterrupt, env = process.env) {
  return new Promise((resolve, reject) => {
    // A process group of its own: the terminal's Ctrl-C does not reach it.
    const stdio = /** @type {const} */ (["ignore", "inherit", "inherit"]);
    const child = spawn(program, args, { env, stdio: [...stdio], detached: true });
    const onSignal = () => process.stderr.write(`\n${onInterrupt}\n`);
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, onSignal);
    const done = () => {
      for (const signal of signals) process.off(signal, onSignal);
    };
    child.on("error", (error) => {
      done();
      reject(new Failure(`${program} could not be started: ${error.message}`));
    });
    child.on("close", (code) => {
      done();
      resolve(code ?? 1);
    });
  });
}

/**
 * Runs a program with this terminal as its own. An interrupt is handed on once, so that the program
 * can end in order; a second one, later, is handed on too.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, onInterrupt?: string, onLine?: (line: string) => void }} [options]
 *   onLine: sees its standard output, line by line, instead of the terminal; onInterrupt: what is said at the first interrupt; with it a terminal's program is kept out of
 *   the terminal's own process group, which would interrupt it a second time
 * @returns {Promise<number>} its exit code; 130 when it was interrupted
 */
export function attach(program, args, { env, cwd, onInterrupt, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: env ?? process.env,
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["inherit", onLine === undefined ? "inherit" : "pipe", "inherit"],
      detached: onInterrupt !== undefined && process.stdin.isTTY,
    });
    if (onLine !== undefined && child.stdout !== null) {
      createInterface({ input: child.stdout }).on("line", onLine);
    }
    let interrupted = 0;
    /** @param {NodeJS.Signals} signal */
    const onSignal = (signal) => {
      const now = Date.now();
      if (now - interrupted < sameSignalMs) return;
      const first = interrupted === 0;
      interrupted = now;
      // Without a process group of its own the program has the terminal's Ctrl-C already.
      if (onInterrupt === undefined && signal === "SIGINT") return;
      if (first && onInterrupt !== undefined) process.stderr.write(`\n${onInterrupt}\n`);
      child.kill("SIGINT");
    };
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, onSignal);
    const done = () => {
      for (const signal of signals) process.off(signal, onSignal);
    };
    child.on("error", (error) => {
      done();
      reject(new Failure(`${program} could not be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      done();
      resolve(interrupted > 0 || signal === "SIGINT" ? exitCodes.interrupted : (code ?? 1));
    });
  });
}
