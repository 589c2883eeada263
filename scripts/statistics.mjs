// @ts-check
// npm run statistics: the course's statistics as a file on the operator's computer.
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { Failure, messageOf } from "./lib/command/fail.mjs";
import { openEngines } from "./lib/docker/engines.mjs";

const kinds = ["samples", "starts", "sessions", "people", "rehearsals", "sqlite"];

const command = {
  name: "statistics",
  about:
    "Writes the course's statistics to a file that does not exist yet:\n" +
    "samples     people on line, memory and disk, every five minutes (CSV)\n" +
    "starts      each start of a server: how long it took, or why it failed (CSV)\n" +
    "sessions    each time that somebody had a server (CSV)\n" +
    "people      each person's hours (CSV)\n" +
    "rehearsals  what came of each npm run rehearse (CSV)\n" +
    "sqlite      all of it, as a database for SQLite",
  positionals: "KIND FILE",
  least: 2,
  most: 2,
  options: {},
  more: "The plots are on the page /services/statistics/ of the course, for its staff.",
};

await runCommand(command, async (args, stack) => {
  const [kind = "", name = ""] = args.words;
  if (!kinds.includes(kind)) throw usage(command, `"${kind}" is none of ${kinds.join(", ")}.`);
  const engines = await openEngines(stack);
  await engines.containerOf("statistics");
  const file = createWriteStream(name, { flags: "wx", mode: 0o600 });
  const written = finished(file);
  // Told below; until then it is nobody's.
  written.catch(() => undefined);
  const words = ["semesterhub-statistics", "--print", kind];
  const { code, stderr } = await engines.exec("statistics", words, { seconds: 300, show: file });
  file.end();
  await written.catch((/** @type {unknown} */ error) => {
    throw new Failure(`${name} can't be written: ${messageOf(error)}`, {
      fix: `Name a file that does not exist yet, for example ${kind}.${kind === "sqlite" ? "db" : "csv"}.`,
    });
  });
  if (code !== 0) {
    throw new Failure(stderr.trim() || "The statistics service does not answer.", {
      fix: "npm run logs statistics says more.",
    });
  }
  console.log(`${kind} of ${stack} in ${name}`);
  return 0;
});
