// @ts-check
// npm run monitoring: the course's Prometheus, on this computer.
import { once } from "node:events";
import { runCommand } from "./lib/command/arguments.mjs";
import { exitCodes, Failure, messageOf } from "./lib/command/fail.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { findPart } from "./lib/docker/parts.mjs";
import { connectInside, listen } from "./lib/docker/tunnel.mjs";

const prometheus = 9090;
const command = {
  name: "monitoring",
  about:
    "Opens the course's Prometheus on this computer, for a browser or a Grafana here, until it is\n" +
    "interrupted. Nothing is published: it goes the way that all commands go.",
  options: { port: { about: `another port than ${String(prometheus)}`, value: "PORT" } },
};

await runCommand(command, async (args, stack) => {
  const port = Number(args.get("port") ?? prometheus);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Failure(`"${args.get("port") ?? ""}" is no port.`, {
      fix: "Write a number from 1 to 65535.",
      code: exitCodes.usage,
    });
  }
  const engines = await openEngines(stack);
  // Now, so that its absence is said before a browser asks.
  await findPart(engines, ["monitoring"]);
  const server = await listen(
    port,
    async () => {
      // Each time: the service may have been moved or restarted.
      const { engine, id } = await findPart(engines, ["monitoring"]);
      return connectInside(engine, id, prometheus);
    },
    (error) => process.stderr.write(`${messageOf(error)}\n`),
  );
  process.stdout.write(`Prometheus: http://127.0.0.1:${String(port)} (Ctrl-C ends it)\n`);
  await once(server, "close");
  return 0;
});
