// @ts-check
// npm run workshop: how many guests came, and the end of it.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { exitCodes } from "./lib/command/fail.mjs";
import { parseJson } from "./lib/command/json.mjs";
import { confirmByName } from "./lib/command/prompt.mjs";
import { counted } from "./lib/command/text.mjs";

const command = {
  name: "workshop",
  about:
    "Where login.method is workshop:\n" +
    "status   how many guests came, and how many may\n" +
    "end      stops their servers, removes their homes and names, and lets nobody in any more\n" +
    "open     lets guests in again, with new names and homes",
  positionals: "status | end | open",
  least: 1,
  most: 1,
  options: {
    confirm: { value: "NAME", about: "end: the stack's name, where nobody can be asked for it" },
  },
  more: "What was removed is in no backup: a workshop's homes are not backed up.",
};

await runCommand(command, async (args, stack) => {
  const [action = ""] = args.words;
  if (!["status", "end", "open"].includes(action)) {
    throw usage(command, `"${action}" is none of status, end and open.`);
  }
  const engines = await openEngines(stack);
  const ask = async (/** @type {string} */ what) => {
    const words = ["semesterhub-admin", "workshop", what];
    return parseJson(await engines.must("hub", words, "Asking the hub", { seconds: 900 }));
  };
  const before = /** @type {{ guests: number, seats: number, ended: boolean }} */ (
    await ask("status")
  );
  if (action === "status") {
    const state = before.ended ? "; it is over" : "";
    console.log(`${before.guests} of ${before.seats} seats are taken${state}.`);
    return 0;
  }
  if (action === "open") {
    await ask("open");
    console.log("Guests can come in with the pass phrase.");
    return 0;
  }
  const warning = `This ends the workshop: ${counted(before.guests, "home")} and what is in them are removed, with no backup.`;
  await confirmByName(warning, stack, args.get("confirm"));
  const { removed, failed } = /** @type {{ removed: number, failed: Record<string, string> }} */ (
    await ask("end")
  );
  console.log(`${counted(removed, "guest")} and their homes are gone.`);
  const left = Object.entries(failed);
  for (const [name, why] of left) console.error(`  ${name} is still there: ${why}`);
  if (left.length > 0) process.stderr.write("Run it again in a minute.\n");
  return left.length > 0 ? exitCodes.failed : 0;
});
