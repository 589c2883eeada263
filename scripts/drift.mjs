// @ts-check
// npm run drift: whether what runs is still what was declared. Nothing is changed.
import { runCommand } from "./lib/command/arguments.mjs";
import { connectionFrom } from "./lib/drift/ssh.mjs";
import { look } from "./lib/drift/look.mjs";
import { refreshed } from "./lib/drift/refresh.mjs";
import { report } from "./lib/drift/report.mjs";
import { scriptOf, wantedOf } from "./lib/drift/wanted.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";

const command = {
  name: "drift",
  about:
    "Says what differs from what was declared: containers, services, secrets and networks as a refresh\n" +
    "sees them, and on each machine the files, units, firewall, exports and mounts that scripts made.\n" +
    "Changes nothing, neither there nor in the state.",
  pulumi: "pulumi refresh --preview-only, for what Pulumi itself can see",
  options: { json: { about: "as JSON, for programs" } },
  more: "Ends with 3 when something differs.",
};

/** The exit status for a difference, as against a failure to look. */
const differs = 3;

await runCommand(command, async (args, name) => {
  const stack = await existingStack(name);
  const { resources = [] } = await stack.deployment();
  const wanted = wantedOf(resources);
  const connections = new Map(
    resources.flatMap((resource) =>
      resource.type === "command:remote:Command"
        ? scriptOf(resource).map(
            ({ machine }) => /** @type {const} */ ([machine, resource.inputs?.["connection"]]),
          )
        : [],
    ),
  );
  const connectionTo = (/** @type {string} */ machine) => {
    const connection = connections.get(machine);
    return connection === undefined ? undefined : connectionFrom(connection);
  };
  const [gone, changed] = await Promise.all([refreshed(stack), look(wanted, connectionTo)]);
  const differences = [...gone, ...changed];
  process.stdout.write(
    args.has("json")
      ? `${JSON.stringify({ stack: name, drifted: differences.length > 0, looked: wanted.length, differences }, null, 2)}\n`
      : `${report(name, differences, wanted.length)}\n`,
  );
  return differences.length > 0 ? differs : 0;
});
