// @ts-check
// Ctrl-C, and what else ends a command.
import { exitCodes } from "./fail.mjs";

/** @type {readonly NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Ctrl-C arrives twice under npm, from the terminal and from npm: within this time it is one. */
const sameSignalMs = 1000;

/**
 * @template T
 * @param {(signal: NodeJS.Signals) => void} onSignal
 * @param {() => Promise<T>} work
 */
async function answering(onSignal, work) {
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/**
 * Does what must not be cut short: an interrupt is answered with words, and the work goes on.
 * @template T
 * @param {string} words
 * @param {() => Promise<T>} work
 */
export function uninterrupted(words, work) {
  return answering(() => process.stderr.write(`\n${words}\n`), work);
}

/**
 * Does what ends itself in order when it is asked to: an interrupt asks, and the end is waited for.
 * @template T
 * @param {string} words what is said at the first interrupt
 * @param {(signal: AbortSignal) => Promise<T>} work
 */
export async function stoppable(words, work) {
  const abort = new AbortController();
  const onSignal = () => {
    if (!abort.signal.aborted) process.stderr.write(`\n${words}\n`);
    abort.abort();
  };
  const result = await answering(onSignal, () => work(abort.signal));
  return { interrupted: abort.signal.aborted, result };
}

/**
 * Does what can end in order: the first interrupt asks it to, a second one does not wait for it.
 * @template T
 * @param {string} words what is said at the first interrupt
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<{ interrupted: boolean, result?: T, error?: unknown }>}
 */
export async function interruptible(words, work) {
  const abort = new AbortController();
  let first = 0;
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    if (Date.now() - first < sameSignalMs) return;
    if (first > 0) process.exit(exitCodes.interrupted);
    first = Date.now();
    process.stderr.write(`\n${words}\n`);
    // A terminal's Ctrl-C has reached the program that works for us already; twice would be too much.
    if (signal !== "SIGINT" || !process.stdin.isTTY) abort.abort();
  };
  return answering(onSignal, async () => {
    try {
      const result = await work(abort.signal);
      return { interrupted: first > 0, result };
    } catch (error) {
      return { interrupted: first > 0, error };
    }
  });
}
