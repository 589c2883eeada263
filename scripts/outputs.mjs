// @ts-check
// npm run outputs: what the program says of the semester, for other programs.
import { help, parse, stackName } from "./lib/arguments.mjs";
import { runMain } from "./lib/fail.mjs";
import { existingStack } from "./lib/stack.mjs";

const command = {
  name: "outputs",
  about: "Prints the stack's outputs: address, names of the services, where the files are.",
  options: {
    json: { about: "as JSON" },
    "show-secrets": { about: "with the password and the passphrase of the backups" },
  },
};

/** @param {string[]} words */
async function main(words) {
  const args = parse(command, words);
  if (args.help) {
    process.stdout.write(help(command));
    return 0;
  }
  const stack = await existingStack(stackName(command, args));
  const switches = ["json", "show-secrets"].filter((name) => args.has(name));
  process.stdout.write(
    await stack.must(
      ["stack", "output", ...switches.map((name) => `--${name}`)],
      "Reading outputs",
    ),
  );
  return 0;
}

await runMain(main);
