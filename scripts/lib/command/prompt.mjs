// @ts-check
import { createInterface } from "node:readline/promises";
import { exitCodes, Failure } from "./fail.mjs";

/** Whether somebody sits at this terminal who can answer. */
export function canAsk() {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** @param {string} question */
async function ask(question) {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const interrupt = new AbortController();
  lines.on("SIGINT", () => {
    interrupt.abort();
  });
  try {
    return (await lines.question(question, { signal: interrupt.signal })).trim();
  } catch {
    throw new Failure("Interrupted; nothing was changed.", { code: exitCodes.interrupted });
  } finally {
    lines.close();
  }
}

/**
 * Goes on only if the answer is yes. Where nobody can answer, --yes has to be given.
 * @param {string} question
 * @param {boolean} yes whether --yes was given
 */
export async function confirm(question, yes) {
  if (yes) return;
  if (!canAsk()) {
    throw new Failure("This needs a yes, and nobody can be asked here.", {
      fix: "Run it again with --yes.",
      code: exitCodes.usage,
    });
  }
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) {
    throw new Failure("Nothing was changed.", { code: exitCodes.failed });
  }
}

/**
 * Goes on only if a name is typed: for what can't be undone. Where nobody can be asked, the name
 * is given with --confirm.
 * @param {string} warning
 * @param {string} name
 * @param {string | undefined} given the option's value
 */
export async function confirmByName(warning, name, given) {
  if (given === name) return;
  if (given !== undefined) {
    throw new Failure(`--confirm was "${given}", and the stack is "${name}": nothing was changed.`);
  }
  process.stdout.write(`${warning}\n`);
  if (!canAsk()) {
    throw new Failure("This can't be undone, and nobody can be asked here.", {
      fix: `Run it again with --confirm ${name}.`,
      code: exitCodes.usage,
    });
  }
  if ((await ask(`Type "${name}" to go on: `)) !== name) throw new Failure("Nothing was changed.");
}
