// @ts-check

/**
 * What goes wrong for a reason that the operator can do something about. It is shown as one message
 * with its fix and no stack trace; anything else that is thrown is a fault of ours and shows one.
 */
export class Failure extends Error {
  /**
   * @param {string} message what is wrong, in a sentence
   * @param {{ fix?: string, code?: number }} [details] what to do about it; the exit code
   */
  constructor(message, { fix, code = 1 } = {}) {
    super(message);
    this.name = "Failure";
    this.fix = fix;
    this.code = code;
  }
}

/** What an error says, in its own words. @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** Exit codes of every command, as its --help says. */
export const exitCodes = { failed: 1, usage: 2, interrupted: 130 };

/** Text of an error, as the operator reads it. @param {unknown} error */
export function explain(error) {
  if (error instanceof Failure) {
    return error.fix === undefined ? error.message : `${error.message}\n  ${error.fix}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Runs a command's main function and ends the process with its exit code.
 * @param {(args: string[]) => Promise<number | undefined>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    process.stderr.write(`\n✗ ${explain(error)}\n`);
    process.exitCode = error instanceof Failure ? error.code : exitCodes.failed;
  }
}
