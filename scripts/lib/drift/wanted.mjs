// @ts-check
// What the scripts that run on machines have made, as the state knows it: questions to a machine, each
// with the answers that are right. A script is known by the variables that it is given.
import { createHash } from "node:crypto";
import { plainText, splitUrn } from "../pulumi/state.mjs";

/**
 * @typedef {object} Wanted
 * @property {string} machine
 * @property {"content" | "mode" | "unit" | "mount" | "firewall" | "export"} word what look.sh is asked
 * @property {string} about a path, a unit, …
 * @property {string[]} right answers that are right
 * @property {string} from the resource that made it
 *
 * @typedef {object} Ran a script that ran
 * @property {string} machine
 * @property {string} name of its resource
 * @property {string} script its text
 * @property {Record<string, string>} environment
 * @property {string} stdin
 *
 * @typedef {Omit<Wanted, "machine" | "from">} Question
 */

const thisComputer = "this computer";

/** @param {string} text */
const sha = (text) => createHash("sha256").update(text).digest("hex");

/** @type {(about: string, ...texts: string[]) => Question} */
const content = (about, ...texts) => ({ word: "content", about, right: texts.map(sha) });

/** The mode is octal, the owner numeric. @type {(about: string, mode: string, owner: string) => Question} */
const mode = (about, mode, owner) => {
  return { word: "mode", about, right: [`${mode.replace(/^0+/, "")} ${owner}`] };
};

/** @type {(about: string) => Question} */
const unit = (about) => ({ word: "unit", about, right: ["enabled active"] });

/**
 * Everything that can be looked at. A later resource of the same path counts.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources with their secrets
 * @returns {Wanted[]}
 */
export function wantedOf(resources) {
  /** @type {Map<string, Wanted>} */
  const wanted = new Map();
  for (const ran of resources.flatMap(scriptOf)) {
    for (const question of questionsOf(ran)) {
      const { machine, name: from } = ran;
      wanted.set(`${machine} ${question.word} ${question.about}`, { ...question, machine, from });
    }
  }
  return [...wanted.values()];
}

/**
 * The script of a command; none of others, and of a resource that waits for its removal.
 * @param {import("../pulumi/state.mjs").StateResource} resource
 * @returns {Ran[]}
 */
export function scriptOf({ urn, type, inputs, delete: replaced }) {
  if (replaced === true || !/^command:(local|remote):Command$/.test(type)) return [];
  const [, name] = splitUrn(urn);
  const stdin = plainText(inputs?.["stdin"]);
  if (type === "command:local:Command") {
    const given = /** @type {Record<string, unknown>} */ (inputs?.["environment"] ?? {});
    const environment = Object.fromEntries(
      Object.entries(given).map(([variable, value]) => [variable, plainText(value)]),
    );
    return [
      { machine: thisComputer, name, script: plainText(inputs?.["create"]), environment, stdin },
    ];
  }
  // As components/machines/ssh/connection.ts packs it.
  const [head = "", ...rest] = stdin.split("\nstdin\n");
  const words = head.split("\n").map((line) => line.split(" "));
  const decode = (/** @type {string} */ text = "") => Buffer.from(text, "base64").toString();
  const environment = Object.fromEntries(
    words
      .filter(([word]) => word === "environment")
      .map(([, variable = "", value = ""]) => [variable, decode(value)]),
  );
  const script = decode(words.find(([word]) => word === "create")?.[1]);
  const machine = environment["SEMESTERHUB_MACHINE"] ?? "";
  return [{ machine, name, script, environment, stdin: rest.join("\nstdin\n") }];
}

/**
 * The questions that tell whether what a script made is still there as it made it.
 * @param {Ran} ran
 * @returns {Question[]}
 */
export function questionsOf({ environment, script, stdin }) {
  const has = (/** @type {string[]} */ ...variables) =>
    variables.every((variable) => variable in environment);
  const of = (/** @type {string} */ variable) => environment[variable] ?? "";
  if (has("FILE", "MODE", "OWNER")) {
    return [content(of("FILE"), stdin), mode(of("FILE"), of("MODE"), of("OWNER"))];
  }
  if (has("STORAGE", "COURSE_GROUP")) return treeOf(script, environment);
  if (has("FOLDER", "OWNER", "MODE")) return [mode(of("FOLDER"), of("MODE"), of("OWNER"))];
  if (has("EXPORT", "CLIENT", "FOLDERS")) return exportOf(script, environment);
  if (has("SERVER", "STORAGE", "FOLDERS")) return mountsOf(environment);
  if (has("RULES", "FIREWALL", "SLOT")) {
    const folder = `/etc/semesterhub/semesters.d/${of("SLOT")}`;
    return [
      ...documentsOf(script),
      content(`${folder}/rules`, of("RULES")),
      content("/etc/semesterhub/firewall.nft", of("FIREWALL")),
      { word: "firewall", about: "/etc/semesterhub/firewall.nft", right: ["loaded"] },
      unit("semesterhub-firewall.service"),
    ];
  }
  if (has("SET", "NODE", "ADDRESS", "SLOT")) {
    const line = `add element inet semesterhub_machine ${of("SET")} { ${of("ADDRESS")} }\n`;
    return [content(`/etc/semesterhub/semesters.d/${of("SLOT")}/${of("NODE")}.nft`, line)];
  }
  if (has("DAEMON", "DAEMON_OLD")) {
    return [
      content("/etc/docker/daemon.json", `${of("DAEMON")}\n`, `${of("DAEMON_OLD")}\n`),
      ...(of("REGISTRY_CA") === ""
        ? []
        : [content(`/etc/docker/certs.d/${of("REGISTRY")}/ca.crt`, of("REGISTRY_CA"))]),
      unit("docker.service"),
    ];
  }
  if (has("ENGINE", "LISTEN") && stdin !== "") {
    const folder = `/etc/semesterhub/${of("ENGINE")}`;
    const [key = "", certificate = "", authority = ""] =
      stdin.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g) ?? [];
    return [
      content(`${folder}/key.pem`, key),
      content(`${folder}/crt.pem`, certificate),
      content(`${folder}/ca.pem`, authority),
      unit(`semesterhub-${of("ENGINE")}.service`),
    ];
  }
  // Nobody uses a forward most of the time: systemd listens, and starts it then.
  if (has("FORWARD", "TARGET")) return [unit(`semesterhub-forward-${of("FORWARD")}.socket`)];
  return [];
}

/**
 * The folders of the storage tree: the lines `folder NAME OWNER MODE` of its script.
 * @param {string} script
 * @param {Record<string, string>} environment
 */
function treeOf(script, environment) {
  const known = (/** @type {string} */ text) =>
    text
      .replaceAll('"', "")
      .replace(/\$(\w+)/g, (_, /** @type {string} */ variable) => environment[variable] ?? "");
  const storage = environment["STORAGE"] ?? "";
  const lines = script.matchAll(/^folder (\S+) (\S+) (\d+)$/gm);
  return [...lines].map(([, folder = "", owner = "", octal = ""]) =>
    mode(`${storage}/${known(folder)}`, octal, known(owner)),
  );
}

/**
 * @param {string} script has the options of an export
 * @param {Record<string, string>} environment
 * @returns {Question[]}
 */
function exportOf(script, environment) {
  const { STORAGE = "", FOLDERS = "", CLIENT = "", EXPORT = "" } = environment;
  const options = /%s\((rw[^)]*)\)/.exec(script)?.[1] ?? "";
  const folders = FOLDERS.split(" ");
  const lines = folders.map((folder) => `"${STORAGE}/${folder}" ${CLIENT}(${options})\n`);
  return [
    content(`/etc/exports.d/${EXPORT}.exports`, lines.join("")),
    ...folders.map((folder) => ({
      word: /** @type {const} */ ("export"),
      about: `${STORAGE}/${folder} ${CLIENT}`,
      right: ["exported"],
    })),
  ];
}

/** @param {Record<string, string>} environment @returns {Question[]} */
function mountsOf({ SERVER = "", STORAGE = "", FOLDERS = "" }) {
  return FOLDERS.split(" ").flatMap((folder) => {
    const path = `${STORAGE}/${folder}`;
    return [
      unit(`${escapePath(path)}.automount`),
      { word: /** @type {const} */ ("mount"), about: path, right: [`${SERVER}:${path}`] },
    ];
  });
}

/** As `systemd-escape --path` does. @param {string} path */
export function escapePath(path) {
  const letter = (/** @type {string} */ one) =>
    `\\x${Buffer.from(one).toString("hex").padStart(2, "0")}`;
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replace(/^\.|[^\w.:]/g, letter))
    .join("-");
}

/**
 * Files that a script writes as they stand in it: nothing of them depends on a variable.
 * @param {string} script
 */
function documentsOf(script) {
  const documents = script.matchAll(/put (\/[\w./-]+) <<'?(\w+)'?.*\n([^$]*?\n)\2\n/g);
  return [...documents].map(([, path = "", , text = ""]) => content(path, text));
}
