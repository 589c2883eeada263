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
export const optionalServices = ["database", "alerts", "gauge", "hub-gauge"];
export const containers = ["proxy", "firewall"];
/** Containers that are there only where the configuration asks for them. */
export const optional = ["acme"];

/** How the parts are written in a usage line. */
export const partNames = [
  ...services,
  ...optionalServices,
  "proxy",
  ...optional,
  "firewall [MACHINE]",
  "student NAME",
].join(", ");

/**
 * Where a part's containers are found.
 * @param {string} stack
 * @param {readonly string[]} words the part, or "student" and a name
 * @returns {{ title: string, filters: Record<string, string[]> }}
 */
export function partFilter(stack, words) {
  const [part = "", name] = words;
  const prefix = prefixOf(stack);
  if (part === "student") {
    if (name === undefined) throw wrong("Whose server? Write: student NAME.");
    return {
      title: `${name}'s server`,
      filters: { label: [`semesterhub.stack=${stack}`, `semesterhub.student=${name}`] },
    };
  }
  if (name !== undefined && part !== "firewall") throw wrong(`"${name}" is one word too many.`);
  if (isService(part)) {
    const label = [`com.docker.swarm.service.name=${prefix}-${part}`];
    return { title: part, filters: { label } };
  }
  if ([...containers, ...optional].includes(part))
    return { title: part, filters: { name: [`^/?${prefix}-${part}$`] } };
  throw wrong(`There is no part "${part}".`);
}

/** @param {string} part */
function isService(part) {
  return services.includes(part) || optionalServices.includes(part);
}

/** @param {string} message */
function wrong(message) {
  return new Failure(message, { fix: `Parts: ${partNames}.`, code: exitCodes.usage });
}

/**
 * The engines that may have a part's container.
 * @param {import("./engines.mjs").Engines} engines
 * @param {readonly string[]} words
 * @returns {readonly import("./engine.mjs").Engine[]}
 */
export function partEngines(engines, [part = "", name]) {
  if (part === "proxy" || optional.includes(part)) return [engines.proxy];
  if (part === "student" || part === "gauge") return engines.students;
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
 * Where a part's container is.
 * @typedef {object} FoundPart
 * @property {import("./engine.mjs").Engine} engine
 * @property {string} id
 * @property {boolean} running
 */

/**
 * The container of a part: the newest that runs or, where `dead` allows it, the newest that ended.
 * @param {import("./engines.mjs").Engines} engines
 * @param {readonly string[]} words
 * @param {{ dead?: boolean }} [options]
 * @returns {Promise<FoundPart>}
 */
export async function findPart(engines, words, { dead = false } = {}) {
  const { stack } = engines;
  const { title, filters } = partFilter(stack, words);
  const places = partEngines(engines, words);
  const found = await search(places, filters, true);
  if (found.part !== undefined) return found.part;
  const ended = dead ? await search(places, filters, false) : undefined;
  if (ended?.part !== undefined) return ended.part;
  // A machine that does not answer may have it.
  if (found.silent instanceof Error) throw found.silent;
  const part = words[0] ?? "";
  const error = isService(part)
    ? await engines.hub.taskError(`${prefixOf(stack)}-${part}`)
    : undefined;
  throw new Failure(
    words[0] === "student" ? `${title} does not run.` : `The ${title} of ${stack} does not run.`,
    {
      fix:
        error === undefined
          ? `npm run status -- --stack ${stack} shows what does.`
          : `Swarm: ${error}`,
    },
  );
}

/**
 * Looks on several machines; one that does not answer hides no other.
 * @param {readonly import("./engine.mjs").Engine[]} engines
 * @param {Record<string, string[]>} filters
 * @param {boolean} running
 * @returns {Promise<{ part?: FoundPart, silent?: unknown }>}
 */
async function search(engines, filters, running) {
  const answers = await Promise.allSettled(
    engines.map((engine) => engine.containers(filters, { all: !running })),
  );
  /** @type {{ part?: FoundPart, silent?: unknown }} */
  let result = {};
  for (const [index, engine] of engines.entries()) {
    const answer = answers[index];
    if (answer?.status === "rejected") result = { silent: answer.reason, ...result };
    const [container] = answer?.status === "fulfilled" ? answer.value : [];
    if (container !== undefined)
      result = { part: { engine, id: container.Id, running }, ...result };
  }
  return result;
}
