// @ts-check
// The parts of a semester, as logs and shell name them. Their Docker names follow from the stack's
// name, so that both work when an `up` stopped half way and there are no outputs yet.
import { exitCodes, Failure } from "../command/fail.mjs";
import { prefixOf } from "../command/paths.mjs";
import { listed } from "../command/text.mjs";

export const services = [
  ...["hub", "chp", "homes", "cull", "statistics", "grading", "intake", "sandbox"],
  "backup",
];
/** Services that are there only where the configuration asks for them. */
export const optionalServices = ["database", "alerts", "gauge", "hub-gauge", "monitoring"];
/** Containers that are there only where the configuration asks for them. */
export const optional = ["acme"];
const containers = ["proxy", "firewall", ...optional];

/** How the parts are written in a usage line. */
export const partNames = [
  ...[...services, ...optionalServices, "proxy", ...optional],
  ...["firewall [MACHINE]", "student NAME [SERVER]"],
].join(", ");

/** @param {string} part */
const isService = (part) => services.includes(part) || optionalServices.includes(part);

/** @param {string} message */
const wrong = (message) =>
  new Failure(message, { fix: `Parts: ${partNames}.`, code: exitCodes.usage });

/**
 * Where a part's containers are found.
 * @param {string} stack
 * @param {readonly string[]} words the part, or "student", a name, and of named servers which
 * @returns {{ title: string, filters: Record<string, string[]> }}
 */
export function partFilter(stack, [part = "", name, server]) {
  const prefix = prefixOf(stack);
  if (part === "student") {
    if (name === undefined) throw wrong("Whose server? Write: student NAME.");
    const label = [`semesterhub.stack=${stack}`, `semesterhub.student=${name}`];
    if (server !== undefined) label.push(`semesterhub.server=${server}`);
    return {
      title: `${name}'s server${server === undefined ? "" : ` ${server}`}`,
      filters: { label },
    };
  }
  const extra = part === "firewall" ? server : (name ?? server);
  if (extra !== undefined) throw wrong(`"${extra}" is one word too many.`);
  if (isService(part)) {
    const label = [`com.docker.swarm.service.name=${prefix}-${part}`];
    return { title: `The ${part} of ${stack}`, filters: { label } };
  }
  if (!containers.includes(part)) throw wrong(`There is no part "${part}".`);
  return { title: `The ${part} of ${stack}`, filters: { name: [`^/?${prefix}-${part}$`] } };
}

/**
 * The engines that may have a part's container.
 * @param {import("./engines.mjs").Engines} engines
 * @param {readonly string[]} words
 * @returns {readonly import("./engine.mjs").Engine[]}
 */
export function partEngines(engines, [part = "", name]) {
  if (part === "proxy" || optional.includes(part)) return [engines.proxy];
  if (["student", "gauge", "sandbox"].includes(part)) return engines.students;
  if (part !== "firewall") return [engines.of(part) ?? engines.hub];
  const { students } = engines;
  const machines = listed(students.map(({ machine }) => machine));
  if (name === undefined && students.length > 1) {
    throw wrong(`The firewall of which machine? Write: firewall NAME, with one of ${machines}.`);
  }
  const chosen = students.filter(({ machine }) => name === undefined || machine === name);
  if (chosen.length === 0) throw wrong(`No machine ${name ?? ""} runs a firewall: ${machines}.`);
  return chosen;
}

/**
 * The container of a part: the newest that runs or, where `dead` allows it, the newest that ended.
 * @param {import("./engines.mjs").Engines} engines
 * @param {readonly string[]} words
 * @param {{ dead?: boolean }} [options]
 */
export async function findPart(engines, words, { dead = false } = {}) {
  const { stack } = engines;
  const [part = "", , server] = words;
  // An engine finds what has a label, and nothing by its absence.
  const meant = (/** @type {{ Labels: Record<string, string> }} */ { Labels: labels }) =>
    part !== "student" || labels["semesterhub.server"] === server;
  const { title, filters } = partFilter(stack, words);
  /** @type {unknown} */
  let silent;
  // One machine that does not answer hides no other.
  const look = async (/** @type {boolean} */ running) => {
    const asked = partEngines(engines, words).map(async (engine) => {
      const found = await engine.containers(filters, { all: !running });
      return found
        .filter(meant)
        .slice(0, 1)
        .map(({ Id: id }) => ({ engine, id, running }));
    });
    const answers = await Promise.allSettled(asked);
    silent ??= answers.find((answer) => answer.status === "rejected")?.reason;
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []))[0];
  };
  const found = (await look(true)) ?? (dead ? await look(false) : undefined);
  if (found !== undefined) return found;
  // A machine that does not answer may have it.
  if (silent instanceof Error) throw silent;
  const error = isService(part)
    ? await engines.hub.taskError(`${prefixOf(stack)}-${part}`)
    : undefined;
  throw new Failure(`${title} does not run.`, {
    fix: error ? `Swarm: ${error}` : `npm run status -- --stack ${stack} shows what does.`,
  });
}
