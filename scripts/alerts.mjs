// @ts-check
// npm run alerts: what is open, and whether messages arrive.
import { runCommand } from "./lib/command/arguments.mjs";
import { exitCodes, Failure } from "./lib/command/fail.mjs";
import { parseJson } from "./lib/command/json.mjs";
import { prefixOf } from "./lib/command/paths.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { alertsScreen, testLines } from "./lib/status/alertsScreen.mjs";

const command = {
  name: "alerts",
  about:
    "Shows what is wrong and was told, who is told, and what could not be sent. Ends with 1 when\n" +
    "something is open, or nobody watches.",
  options: {
    test: { about: "sends a test message by every channel, and says what each answered" },
    json: { about: "as JSON, for programs" },
  },
};

await runCommand(command, async (args, stack) => {
  const { storage } = await openEngines(stack);
  const [found] = await storage.containersOf(`${prefixOf(stack)}-alerts`);
  if (found === undefined) {
    throw new Failure(`Nobody watches ${stack}: the service alerts does not run.`, {
      fix: `The section semesterhub:alerts makes it (docs/alerts.md); npm run status -- --stack ${stack} shows why it does not run.`,
    });
  }
  if (args.has("test")) {
    const words = ["semesterhub-alerts", "test"];
    // A mail server may think for half a minute.
    const { stdout, stderr } = await storage.exec(found, words, { seconds: 120 });
    if (stdout === "") throw new Failure(`The test could not run:\n  ${stderr.trim()}`);
    const said = /** @type {Record<string, string>} */ (parseJson(stdout));
    process.stdout.write(args.has("json") ? stdout : testLines(said));
    return Object.values(said).some((error) => error !== "") ? exitCodes.failed : 0;
  }
  const doing = "Asking the alerts";
  const text = await storage.must(found, ["semesterhub-alerts", "status"], doing);
  const status = /** @type {import("./lib/status/alertsScreen.mjs").AlertsStatus} */ (
    parseJson(text)
  );
  process.stdout.write(args.has("json") ? text : alertsScreen(status, stack, new Date()));
  return status.watching && status.open.length === 0 ? 0 : 1;
});
