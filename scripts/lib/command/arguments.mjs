// @ts-check
// Options of the operator commands: one description gives the parser and the --help page.
import { parseArgs } from "node:util";
import { exitCodes, Failure, runMain } from "./fail.mjs";
import { nearest, table } from "./text.mjs";

/**
 * @typedef {object} Option
 * @property {string} about what it does, in a few words
 * @property {string} [value] name of its value in the help; absent: the option is a switch
 * @property {string} [short] its one-letter form
 * @property {boolean} [multiple] whether it may be given more than once
 *
 * @typedef {object} Command
 * @property {string} name as in `npm run NAME`
 * @property {string} about what the command does
 * @property {string} [positionals] how its words are written in the usage line, e.g. "PART [NAME]"
 * @property {number} [least] how many words it needs; default 0
 * @property {number} [most] how many words it takes; default 0
 * @property {Record<string, Option>} options
 * @property {string} [more] text at the end of the help
 *
 * @typedef {object} Arguments
 * @property {boolean} help
 * @property {string[]} words
 * @property {(name: string) => boolean} has whether a switch was given
 * @property {(name: string) => string | undefined} get an option's value
 * @property {(name: string) => string[]} all the values of an option that may be repeated
 */

/** Options that every command has. */
const common = {
  stack: { value: "NAME", short: "s", about: "which semester (default: dev)" },
  help: { short: "h", about: "shows this" },
};

/**
 * Reads the words after a command's name; whatever it doesn't know is refused.
 * @param {Command} command
 * @param {string[]} args
 * @returns {Arguments}
 */
export function parse(command, args) {
  /** @type {Record<string, Option>} */
  const options = { ...command.options, ...common };
  const parsed = parseArgs({
    args,
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        {
          type: option.value === undefined ? /** @type {const} */ ("boolean") : "string",
          ...(option.short === undefined ? {} : { short: option.short }),
          multiple: true,
        },
      ]),
    ),
  });
  /** @type {Map<string, string[]>} */
  const values = new Map();
  for (const token of parsed.tokens) {
    if (token.kind !== "option") continue;
    const option = options[token.name];
    if (option === undefined) throw unknown(command, token.rawName, Object.keys(options));
    const value = token.value;
    if (option.value === undefined && value !== undefined) {
      throw usage(command, `${token.rawName} takes no value, and was given "${value}".`);
    }
    if (option.value !== undefined && (value === undefined || value === "")) {
      throw usage(command, `${token.rawName} needs a value: ${token.rawName} ${option.value}.`);
    }
    const known = values.get(token.name) ?? [];
    if (known.length > 0 && option.multiple !== true && option.value !== undefined) {
      throw usage(command, `${token.rawName} was given twice.`);
    }
    values.set(token.name, [...known, value ?? "true"]);
  }
  const words = parsed.positionals;
  const help = values.has("help");
  if (!help) checkWords(command, words);
  return {
    help,
    words,
    has: (name) => values.has(name),
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? [],
  };
}

/**
 * @param {Command} command
 * @param {string[]} words
 */
function checkWords(command, words) {
  const { least = 0, most = 0 } = command;
  if (words.length < least) {
    throw usage(command, `Something is missing: ${command.positionals ?? ""}.`);
  }
  if (words.length > most) {
    throw usage(command, `"${words[most] ?? ""}" is one word too many.`);
  }
}

/**
 * @param {Command} command
 * @param {string} name as it was written
 * @param {string[]} known
 */
function unknown(command, name, known) {
  const meant = nearest(name.replace(/^-+/, ""), known);
  const hint = meant === undefined ? "" : ` Did you mean --${meant}?`;
  return usage(command, `There is no option ${name}.${hint}`);
}

/**
 * @param {Command} command
 * @param {string} message
 */
export function usage(command, message) {
  return new Failure(message, {
    fix: `npm run ${command.name} -- --help lists what it takes.`,
    code: exitCodes.usage,
  });
}

/**
 * The --help page of a command.
 * @param {Command} command
 */
export function help(command) {
  const rows = Object.entries({ ...command.options, ...common }).map(([name, spec]) => {
    /** @type {Option} */
    const option = spec;
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const value = option.value === undefined ? "" : ` ${option.value}`;
    return [`${short}--${name}${value}`, option.about];
  });
  const words = command.positionals === undefined ? "" : ` ${command.positionals}`;
  return [
    `npm run ${command.name} --${words} [options]`,
    "",
    command.about,
    "",
    "Options",
    table(rows),
    ...(command.more === undefined ? [] : ["", command.more]),
    "",
    "Ends with 0 when it did what it says, 1 when it failed, 2 when it was called wrongly,",
    "130 when it was interrupted.",
    "",
  ].join("\n");
}

/**
 * Runs a command with the words it was called with, or shows its help.
 * @param {Command} command
 * @param {(args: Arguments, stack: string) => Promise<number>} main answers the exit code
 */
export async function runCommand(command, main) {
  await runMain(async (words) => {
    const args = parse(command, words);
    if (!args.help) return main(args, stackName(command, args));
    process.stdout.write(help(command));
    return 0;
  });
}

/**
 * The stack that a command is about.
 * @param {Command} command
 * @param {Arguments} args
 */
export function stackName(command, args) {
  const name = args.get("stack") ?? "dev";
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw usage(
      command,
      `"${name}" is not a stack's name: small letters, digits and hyphens, at most 31.`,
    );
  }
  return name;
}
