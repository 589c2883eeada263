// @ts-check
// npm run quota: how much disk space everybody may use and uses, and changing it for one person.
import { runCommand, usage } from "./lib/command/arguments.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { Failure } from "./lib/command/fail.mjs";
import { parseJson } from "./lib/command/json.mjs";
import { byUse, groupTable, quotaTable, readQuotas } from "./lib/status/quotas.mjs";
import { formatBytes } from "./lib/command/text.mjs";
import { loadProgram } from "./lib/pulumi/program.mjs";

const command = {
  name: "quota",
  about:
    "Shows what everybody's home and each group's folder may take up and does, or one person's; with a size\n" +
    "it changes that person's limit, at once and until it is changed again. The limit of all others is\n" +
    "student.homeQuota in Pulumi.<stack>.yaml.",
  positionals: "[NAME [SIZE]]",
  most: 2,
  options: {
    default: { about: "gives the person the limit that all others have" },
    json: { about: "as JSON, for programs" },
  },
  more: "SIZE is a number with K, M, G or T, e.g. 20G or 20GB. A limit may be below what is in use:\nnothing is lost, and nothing more can be saved.",
};

const smallest = 2 ** 20;

await runCommand(command, async (args, stack) => {
  const [name, size] = args.words;
  const bytes = size === undefined ? size : loadProgram("config/values").parseSize(size);
  const changes = size !== undefined || args.has("default");
  if (size !== undefined && (bytes === undefined || bytes < smallest)) {
    throw usage(command, `"${size}" is no size from 1M on, such as 20G.`);
  }
  if (changes && name === undefined) throw usage(command, "--default needs a NAME.");
  if (size !== undefined && args.has("default")) {
    throw usage(command, "Say either a size or --default.");
  }
  const engines = await openEngines(stack);
  const quotas = await readQuotas(engines);
  if (quotas === undefined) {
    throw new Failure(`The homes service of ${stack} does not answer.`, {
      fix: "npm run status shows what runs; npm run logs homes says why.",
    });
  }
  if (quotas.problem !== null) {
    throw new Failure(`Homes of ${stack} have no limit: ${quotas.problem}.`, {
      fix: "A limit takes an XFS that is mounted with prjquota below storage.path, as on OpenStack's data volume, and student.homeQuota.",
    });
  }
  let people = byUse(quotas.people).filter(({ username }) => username === (name ?? username));
  if (people.length === 0 && name !== undefined) {
    throw new Failure(`${name} has no home.`, {
      fix: "The first login makes it; npm run roster list shows who may log in.",
    });
  }
  if (changes && name !== undefined) {
    const words = ["homes-quota", "--", name, String(bytes ?? "default")];
    const said = await engines.must("homes", words, `Changing the limit of ${name}`);
    people = [/** @type {import("./lib/status/quotas.mjs").PersonQuota} */ (parseJson(said))];
  }
  if (args.has("json")) {
    console.log(JSON.stringify({ ...quotas, people }, null, 2));
    return 0;
  }
  console.log(quotaTable(people));
  if (name === undefined && quotas.default !== null) {
    console.log(
      `\nEverybody has ${formatBytes(quotas.default)}, but who has a limit of their own (*).`,
    );
  }
  if (name === undefined && quotas.groups.length > 0) {
    console.log(`\n${groupTable(quotas.groups)}`);
  }
  const [one] = people;
  if (changes && one !== undefined && (one.used ?? 0) > (one.limit ?? Infinity)) {
    console.error(`${one.username} uses more than that, and can't save until files go.`);
  }
  return 0;
});
