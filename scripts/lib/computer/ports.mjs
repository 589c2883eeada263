// @ts-check
// Who holds the ports that a course answers on.
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { judgePort } from "./capacity.mjs";
import { Engine } from "../docker/engine.mjs";
import { prefixOf } from "../command/paths.mjs";
import { run } from "../command/run.mjs";

/**
 * What is seen of a port at one moment.
 * @typedef {object} Sight
 * @property {boolean} free whether nobody listens on it
 * @property {string | undefined} container the one that publishes it, as Docker says
 */

/** How long Docker may take between opening a container's port and listing it. */
const patienceMs = 10_000;

/**
 * @param {string} stack
 * @param {import("../../../config/types.js").SemesterConfig["proxy"]} proxy
 * @returns {Promise<import("./capacity.mjs").Finding[]>}
 */
export async function portFindings(stack, { port: httpsPort, httpPort }) {
  const own = `${prefixOf(stack)}-proxy`;
  const engine = new Engine("this computer");
  const mayStart = async () =>
    (await engine.containers({ name: [`^/${own}$`] }, { all: true }).catch(() => [])).length > 0;
  const wanted = [
    { port: httpsPort, key: "port" },
    ...(httpPort === undefined ? [] : [{ port: httpPort, key: "httpPort" }]),
  ];
  return Promise.all(
    wanted.map(async ({ port, key }) => {
      const { free, container } = await holderOf({
        look: async () => ({ container: await publisher(engine, port), free: await isFree(port) }),
        mayStart,
        patienceMs,
      });
      const process = free ? undefined : await listener(port);
      return judgePort({ port, key, free, container, own, process });
    }),
  );
}

/**
 * Looks at a port until it is clear who holds it. Docker listens for a container a moment before it
 * lists the container as one that runs: an `up` after one that was killed in that moment would take
 * its own proxy for a stranger.
 * @param {object} options
 * @param {() => Promise<Sight>} options.look
 * @param {() => Promise<boolean>} options.mayStart whether there is a container that could be the holder
 * @param {number} options.patienceMs
 * @returns {Promise<Sight>}
 */
export async function holderOf({ look, mayStart, patienceMs }) {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    const clear = seen.free || seen.container !== undefined;
    if (clear || Date.now() >= deadline || !(await mayStart())) return seen;
    await wait(100);
  }
}

/**
 * The container that publishes a port.
 * @param {Engine} engine
 * @param {number} port
 */
async function publisher(engine, port) {
  const found = await engine.containers({ publish: [String(port)] }).catch(() => []);
  return found[0]?.Names[0]?.slice(1);
}

/**
 * Whether nobody listens on a port, tried as the engine will: on all addresses.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      // Low ports are not this user's, but the engine's to open.
      resolve(error.code !== "EADDRINUSE");
    });
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Who listens on a port, where ss is there to say it.
 * @param {number} port
 */
async function listener(port) {
  const { stdout } = await run("ss", ["-Hltnp", `sport = :${String(port)}`], { seconds: 5 });
  const found = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout);
  return found === null ? undefined : `${found[1] ?? ""} (process ${found[2] ?? ""})`;
}
