// @ts-check
// npm run announce: says something to everybody, on the hub's pages and in JupyterLab.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { withZone } from "./lib/command/moment.mjs";
import { openEngines } from "./lib/docker/engines.mjs";

const command = {
  name: "announce",
  about:
    "Announces TEXT to everybody: on the hub's pages at once, in JupyterLab within a minute, without a\n" +
    "restart of anything. It takes the place of an earlier one. Without TEXT, shows what is announced.",
  positionals: "[TEXT]",
  least: 0,
  most: 1,
  options: {
    until: {
      about:
        "when it ends: 2026-12-01T18:00 by this computer's clock, or with a zone (default: never)",
      value: "TIME",
    },
    clear: { about: "take the announcement down" },
  },
  more: "It is shown as text: HTML in it is not interpreted. At most 500 letters.",
};

await runCommand(command, async (args, stack) => {
  const [text] = args.words;
  const until = args.get("until");
  if (args.has("clear") && (text !== undefined || until !== undefined)) {
    throw usage(
      command,
      "--clear takes the announcement down; it goes without a TEXT and --until.",
    );
  }
  if (until !== undefined && text === undefined) {
    throw usage(command, "--until is of a TEXT, and there is none.");
  }
  const words = args.has("clear")
    ? ["--clear"]
    : [
        ...(until === undefined ? [] : ["--until", withZone(until, new Date())]),
        ...(text === undefined ? [] : ["--", text]),
      ];
  const engines = await openEngines(stack);
  const asked = ["semesterhub-admin", "announce", ...words];
  const said = await engines.must("hub", asked, "Asking the hub", { seconds: 60 });
  console.log(said.trim());
  return 0;
});
