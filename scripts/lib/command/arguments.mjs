// @ts-check
// Options of the operator commands: one description gives the parser and the --help page.
import { Command as Parser, CommanderError, Option as ParserOption } from "commander";
import { exitCodes, Failure, runMain } from "./fail.mjs";

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
 * @property {string} [pulumi] the plain Pulumi command that it stands for
 * @property {string} [more] text at the end of the help
 *
 * @typedef {object} Arguments
 * @property {boolean} help
 * @property {string[]} words
 * @property {(name: string) => boolean} has whether a switch was given
 * @property {(name: string) => string | undefined} get an option's value
 * @property {(name: string) => string[]} all the values of an option that may be repeated
 */

/** Options that every command has. @type {Record<string, Option>} */
const common = {
  stack: { value: "NAME", short: "s", about: "which semester (default: dev)" },
  help: { short: "h", about: "shows this" },
};

/** @param {Command} command */
function parserOf({ name, about, positionals, options, pulumi, more }) {
  const parser = new Parser(`npm run ${name} --`)
    .usage([positionals, "[options]"].filter((part) => part !== undefined).join(" "))
    .description(about)
    .argument("[words...]")
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .configureHelp({ visibleArguments: () => [], helpWidth: 110 });
  for (const [option, { about: text, value, short, multiple }] of Object.entries({
    ...options,
    ...common,
  })) {
    const flags = [...(short === undefined ? [] : [`-${short}`]), `--${option}`].join(", ");
    const spec = new ParserOption(value === undefined ? flags : `${flags} <${value}>`, text);
    /** @type {string[] | undefined} */
    let given;
    spec.argParser((/** @type {string} */ each) => {
      if (given !== undefined && multiple !== true) {
        throw new CommanderError(1, "twice", `--${option} was given twice.`);
      }
      return (given = [...(given ?? []), each]);
    });
    parser.addOption(spec);
  }
  const end = [
    ...(more === undefined ? [] : [more, ""]),
    ...(pulumi === undefined ? [] : [`With a Pulumi of your own: ${pulumi}`, ""]),
    "Ends with 0 when it did what it says, 1 when it failed, 2 when it was called wrongly,",
    "130 when it was interrupted.",
  ];
  return parser.addHelpText("after", `\n${end.join("\n")}`);
}

/**
 * Reads the words after a command's name; whatever it doesn't know is refused.
 * @param {Command} command
 * @param {string[]} args
 * @returns {Arguments}
 */
export function parse(command, args) {
  const parser = parserOf(command);
  try {
    parser.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const said = error.message.replace("\n", " ").replace(/^error: /, "");
    throw usage(command, `${said.charAt(0).toUpperCase()}${said.slice(1)}`);
  }
  /** @type {Map<string, string[] | true>} */
  const values = new Map(
    parser.options.map((option) => [option.name(), parser.getOptionValue(option.attributeName())]),
  );
  const all = (/** @type {string} */ name) => [values.get(name) ?? []].flat().map(String);
  const words = parser.args;
  const help = values.get("help") !== undefined;
  const { least = 0, most = 0 } = command;
  if (!help && words.length < least) {
    throw usage(command, `Something is missing: ${command.positionals ?? ""}.`);
  }
  if (!help && words.length > most) {
    throw usage(command, `"${words[most] ?? ""}" is one word too many.`);
  }
  return {
    ...{ help, words, all, get: (name) => all(name)[0] },
    has: (name) => values.get(name) !== undefined,
  };
}

/** @param {Command} command @param {string} message */
export function usage(command, message) {
  return new Failure(message, {
    fix: `npm run ${command.name} -- --help lists what it takes.`,
    code: exitCodes.usage,
  });
}

/** The --help page of a command. @param {Command} command */
export function help(command) {
  let text = "";
  parserOf(command)
    .configureOutput({ writeOut: (part) => (text += part) })
    .outputHelp();
  return text;
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
    const rule = "small letters, digits and hyphens, at most 31";
    throw usage(command, `"${name}" is not a stack's name: ${rule}.`);
  }
  return name;
}
