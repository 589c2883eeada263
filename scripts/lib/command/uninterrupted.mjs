// @ts-check

/** @type {readonly NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Does what must not be cut short: an interrupt is answered with words, and the work goes on.
 * @template T
 * @param {string} words what is said at an interrupt
 * @param {() => Promise<T>} work
 */
export async function uninterrupted(words, work) {
  const answer = () => process.stderr.write(`\n${words}\n`);
  for (const signal of signals) process.on(signal, answer);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, answer);
  }
}
