// @ts-check
// npm run people: native login. Who has a password, who waits, and one-time links for a mail merge.
import { writeFileSync } from "node:fs";
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { Failure, messageOf } from "./lib/command/fail.mjs";
import { parseJson } from "./lib/command/json.mjs";
import { counted, table } from "./lib/command/text.mjs";

const command = {
  name: "people",
  about:
    "With native login, where the hub keeps people's passwords:\n" +
    "list                shows who has a password, who has none, and who signed up and waits\n" +
    "links FILE [NAME…]  makes one-time links and writes them to FILE, as CSV for a mail merge: for the\n" +
    "                    names given, or for everybody who has no password yet\n" +
    "approve NAME…       lets in who signed up without a link\n" +
    "refuse NAME…        removes a sign-up that was not approved; the name is free again",
  positionals: "list | links FILE [NAME…] | approve NAME… | refuse NAME…",
  least: 1,
  most: 2000,
  options: {
    days: { about: "how many days the links work (default: 14, at most 90)", value: "DAYS" },
    json: { about: "list as JSON, for programs" },
  },
  more:
    "A link sets the password of its name, once, and logs it out everywhere else. A newer link replaces\n" +
    "an older one: to help somebody who forgot a password, make a link.",
};

const states = { waits: "waits for approval", none: "no password yet", ready: "has a password" };

/** @typedef {{ name: string, role: string, state: keyof typeof states, linkEnds: string | null }} Person */

/** @param {string} said */
function peopleTable(said) {
  const people = /** @type {Person[]} */ (parseJson(said));
  const rows = people.map(({ name, role, state, linkEnds }) => [
    name,
    role,
    states[state],
    linkEnds === null ? "" : `link until ${linkEnds.slice(0, 10)}`,
  ]);
  return table([["name", "role", "login", ""], ...rows]);
}

/**
 * Never over a file that is there: links in it may have been sent, and would be lost.
 * @param {string} file
 * @param {string} csv
 */
function write(file, csv) {
  try {
    writeFileSync(file, csv, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new Failure(`${file} can't be written: ${messageOf(error)}`, {
      fix: "Name a file that does not exist yet, for example links.csv. The links made now are void once newer ones are made.",
    });
  }
}

await runCommand(command, async (args, stack) => {
  const [action = "", ...words] = args.words;
  const days = args.get("days") ?? "14";
  if (!/^\d+$/.test(days) || Number(days) < 1 || Number(days) > 90) {
    throw usage(command, `"${days}" is no number of days from 1 to 90.`);
  }
  if (!["list", "links", "approve", "refuse"].includes(action)) {
    throw usage(command, `"${action}" is none of list, links, approve and refuse.`);
  }
  const [file, ...names] = words;
  if (action !== "list" && file === undefined) {
    throw usage(command, `${action} needs ${action === "links" ? "a FILE" : "a NAME"}.`);
  }
  const engines = await openEngines(stack);
  const ask = (/** @type {string[]} */ ...words) =>
    engines.must("hub", ["semesterhub-admin", ...words], "Asking the hub", { seconds: 60 });
  if (action === "list") {
    const said = await ask("people", "--json");
    console.log(args.has("json") ? said.trimEnd() : peopleTable(said));
  } else if (action === "links" && file !== undefined) {
    const csv = await ask("links", "--days", days, "--", ...names);
    write(file, csv.endsWith("\n") ? csv : `${csv}\r\n`);
    const made = csv.trim().split("\n").length - 1;
    console.log(
      `${counted(made, "link")} in ${file}, for ${days} days. Whoever has a link has the name: send each to its person only, and delete the file.`,
    );
  } else {
    console.log((await ask(action, "--", ...words)).trim());
  }
  return 0;
});
