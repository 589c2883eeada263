// @ts-check
// npm run status: the course on one screen.
import { runCommand } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { lookAtMachines } from "./lib/status/machines.mjs";
import { lookAtDisk, lookAtParts, lookAtPeople, lookAtUrl } from "./lib/status/observe.mjs";
import { readOutputs } from "./lib/pulumi/outputs.mjs";
import { prefixOf } from "./lib/command/paths.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { acmeStatus } from "./lib/status/publicCertificate.mjs";
import { readQuotas } from "./lib/status/quotas.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";
import { isWell, statusScreen } from "./lib/status/statusScreen.mjs";

const command = {
  name: "status",
  about:
    "Shows the course on one screen: whether it answers, services, each machine with its memory and\n" +
    "disk, people on line, full homes, the last backup, certificates. Ends with 1 when something is not\n" +
    "as it should be.",
  options: {
    json: { about: "as JSON, for programs" },
    password: { about: "shows the password of the dummy login, and nothing else" },
  },
};

/** @param {string} name @returns {Promise<import("./lib/status/statusScreen.mjs").Status>} */
async function observe(name) {
  const stack = await existingStack(name);
  const engines = await openEngines(name);
  const outputs = readOutputs(stack).catch(() => undefined);
  const address = outputs.then((known) =>
    known === undefined ? undefined : lookAtUrl(known.url, known.certificateAuthority),
  );
  /**
   * @param {string} service
   * @param {string} folder
   * @param {(known: import("./lib/pulumi/outputs.mjs").Outputs) => string | undefined} where
   */
  const disk = async (service, folder, where) => {
    const known = await outputs;
    const path = known && where(known);
    return path === undefined ? undefined : lookAtDisk(engines, service, folder, path);
  };
  const [backup, parts, machines, people, quotas, storage, backups, acme] = await Promise.all([
    engines.ask("backup", ["semesterhub-backup", "status", "--json"]),
    lookAtParts(engines),
    lookAtMachines(engines),
    lookAtPeople(engines),
    readQuotas(engines),
    disk("homes", "/srv/semesterhub", ({ storage: { path } }) => path),
    disk("backup", "/backups", ({ storage: to }) => /^file:\/\/(\/.*)$/.exec(to.backups)?.[1]),
    acmeStatus(engines.known.proxy, prefixOf(name)),
  ]);
  const shown = await address;
  const own = shown?.certificate?.own === true;
  const source = acme !== undefined ? "acme" : own ? "stack" : "files";
  return {
    stack: name,
    address: shown,
    parts,
    machines,
    people,
    quotas,
    storage,
    backups,
    certificates: { source, ...(acme === undefined ? {} : { acme }) },
    backup: /** @type {import("./lib/status/statusScreen.mjs").BackupStatus | undefined} */ (
      backup
    ),
  };
}

await runCommand(command, async (args, name) => {
  if (args.has("password")) {
    const { password } = await readOutputs(await existingStack(name));
    console.log(password ?? "");
    return typeof password === "string" ? 0 : 1;
  }
  const json = args.has("json");
  const status = json
    ? await observe(name)
    : await new Progress(process.stderr).quietly("Looking", () => observe(name));
  process.stdout.write(
    json ? `${JSON.stringify(status, null, 2)}\n` : statusScreen(status, new Date()),
  );
  return isWell(status) ? 0 : 1;
});
