// @ts-check
// npm run outputs: what the program says of the semester, for other programs.
import { runCommand } from "./lib/command/arguments.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";

const command = {
  name: "outputs",
  about: "Prints the stack's outputs: address, names of the services, where the files are.",
  pulumi: "pulumi stack output",
  options: {
    json: { about: "as JSON" },
    "show-secrets": { about: "with the password and the passphrase of the backups" },
  },
};

await runCommand(command, async (args, name) => {
  const stack = await existingStack(name);
  const switches = ["json", "show-secrets"].filter((name) => args.has(name));
  const words = ["stack", "output", "--stack", name, ...switches.map((one) => `--${one}`)];
  process.stdout.write(await stack.must(words, "Reading outputs"));
  return 0;
});
