// @ts-check
// The parts of a semester, as logs and shell name them. Their Docker names follow from the stack's
// name, so that both work when an `up` stopped half way and there are no outputs yet.
import { docker, dockerLines } from "./docker.mjs";
import { exitCodes, Failure } from "./fail.mjs";
import { prefixOf } from "./paths.mjs";
import { nearest } from "./text.mjs";

export const services = ["hub", "chp", "homes", "cull", "backup"];
export const containers = ["proxy", "firewall"];
/** What is there only where the configuration asks for it. */
export const optional = ["acme"];

/** How the parts are written in a usage line. */
export const partNames = [...services, ...containers, ...optional, "student NAME"].join(", ");

/**
 * Where a part's containers are found.
 * @param {string} stack
 * @param {readonly string[]} words the part, or "student" and a name
 * @returns {{ title: string, filters: string[] }}
 */
export function partFilter(stack, words) {
  const [part = "", name] = words;
  const prefix = prefixOf(stack);
  if (part === "student") {
    if (name === undefined) throw wrong("Whose server? Write: student NAME.");
    return {
      title: `${name}'s server`,
      filters: [`label=semesterhub.stack=${stack}`, `label=semesterhub.student=${name}`],
    };
  }
  if (name !== undefined) throw wrong(`"${name}" is one word too many.`);
  if (services.includes(part)) {
    return { title: part, filters: [`label=com.docker.swarm.service.name=${prefix}-${part}`] };
  }
  if ([...containers, ...optional].includes(part))
    return { title: part, filters: [`name=^/?${prefix}-${part}$`] };
  const meant = nearest(part, [...services, ...containers, ...optional, "student"]);
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  throw wrong(`There is no part "${part}".${hint}`);
}

/** @param {string} message */
function wrong(message) {
  return new Failure(message, { fix: `Parts: ${partNames}.`, code: exitCodes.usage });
}

/**
 * The container of a part: the newest that runs or, where `dead` allows it, the newest that ended.
 * @param {string} stack
 * @param {readonly string[]} words
 * @param {{ dead?: boolean }} [options]
 * @returns {Promise<{ id: string, running: boolean }>}
 */
export async function findPart(stack, words, { dead = false } = {}) {
  const { title, filters } = partFilter(stack, words);
  const list = ["ps", ...filters.flatMap((filter) => ["--filter", filter]), "--format", "{{.ID}}"];
  const doing = `Looking for the container of ${title}`;
  const [running] = await dockerLines(list, doing);
  if (running !== undefined) return { id: running, running: true };
  const [ended] = dead ? await dockerLines([...list, "--all"], doing) : [];
  if (ended !== undefined) return { id: ended, running: false };
  const why = await reason(stack, words[0] ?? "");
  throw new Failure(
    words[0] === "student" ? `${title} does not run.` : `The ${title} of ${stack} does not run.`,
    { fix: why ?? `npm run status -- --stack ${stack} shows what does.` },
  );
}

/**
 * Swarm's own words about a service without a container.
 * @param {string} stack
 * @param {string} part
 */
async function reason(stack, part) {
  if (!services.includes(part)) return undefined;
  const { code, stdout } = await docker([
    "service",
    "ps",
    "--no-trunc",
    "--format",
    "{{.CurrentState}}: {{.Error}}",
    `${prefixOf(stack)}-${part}`,
  ]);
  const [newest] = stdout.trim().split("\n");
  return code === 0 && newest !== undefined && newest !== "" ? `Swarm: ${newest}` : undefined;
}
