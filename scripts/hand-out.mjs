// @ts-check
// npm run hand-out: files into everybody's home.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { askHandOut, outcome, readFiles } from "./lib/course/handOut.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { exitCodes } from "./lib/command/fail.mjs";

const command = {
  name: "hand-out",
  about:
    "Puts files and folders into everybody's home, as their own, and into homes that are made later.\n" +
    "Whatever has the same name stays as it is. Without a FILE: what homes get that are made later.",
  positionals: "[FILE…]",
  most: 100,
  options: {
    forget: { value: "PATH", about: "new homes get this one no more; homes that have it keep it" },
  },
  more: "A folder week3 becomes week3/ in each home. Large files belong into /srv/shared instead.",
};

await runCommand(command, async (args, stack) => {
  const path = args.get("forget");
  if (path !== undefined && args.words.length > 0) {
    throw usage(command, "--forget takes no FILE beside its PATH.");
  }
  const files = args.words.length === 0 ? [] : readFiles(args.words);
  const engines = await openEngines(stack);
  if (files.length > 0) {
    const { people = [] } = await askHandOut(engines, { do: "give", files });
    console.log(outcome(people, files.length));
    return people.some(({ problem }) => problem !== "") ? exitCodes.failed : 0;
  }
  const { kept } = await askHandOut(
    engines,
    path === undefined ? { do: "list" } : { do: "forget", path: path.replace(/\/+$/, "") },
  );
  console.log(kept.length === 0 ? "New homes get nothing more." : kept.join("\n"));
  return 0;
});
