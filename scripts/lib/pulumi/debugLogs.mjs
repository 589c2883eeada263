// @ts-check
// The CLI's debug logs, in a PULUMI_HOME of our own.
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const instead = `A file, where Pulumi would make a folder: it writes down all that it does in each command, every
property's value among them. That is half a megabyte and a tenth of a preview's time, and nobody
reads it. To have it for once: npm run pulumi -- preview --logtostderr -v=9
`;

/**
 * Spares each command the CLI's debug log, for which it has no switch. It goes on without one where its
 * folder can't be made. What was logged there before goes.
 * @param {string} home the PULUMI_HOME
 */
export function omitDebugLogs(home) {
  const logs = join(home, "logs");
  if (statSync(logs, { throwIfNoEntry: false })?.isFile()) return;
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(logs, instead);
}
