// @ts-check
// Whether this computer reaches the machines' Docker engines: Pulumi asks each of them in every preview
// and deployment, and says "failed to connect to any docker daemon" without a word of which.
import { connect } from "node:tls";
import { splitUrn } from "../pulumi/state.mjs";

/**
 * An engine that is reached over the network.
 * @typedef {object} RemoteEngine
 * @property {"proxy" | "hub" | "storage" | "node"} role
 * @property {string} machine a node's own name, the role of the others
 * @property {string} host
 * @property {number} port
 * @property {string} urn of the provider that stands for it in the state
 */

const patienceMs = 5000;

/**
 * The engines that a state's resources are on.
 * @param {readonly import("../pulumi/state.mjs").StateResource[]} resources
 * @returns {RemoteEngine[]}
 */
export function enginesOf(resources) {
  return resources.flatMap(({ urn, type, inputs, delete: replaced }) => {
    const host = inputs?.["host"];
    const match = typeof host === "string" ? /^tcp:\/\/(.+):(\d+)$/.exec(host) : null;
    const [, name] = splitUrn(urn);
    if (type !== "pulumi:providers:docker" || match === null || replaced === true) return [];
    const role = /^(proxy|hub|storage)-provider$/.exec(name)?.[1];
    const node = /^nodes-(.+)-provider$/.exec(name)?.[1];
    const machine = role ?? node;
    if (machine === undefined) return [];
    return [
      {
        role: /** @type {RemoteEngine["role"]} */ (role ?? "node"),
        machine,
        host: match[1] ?? "",
        port: Number(match[2]),
        urn,
      },
    ];
  });
}

/**
 * What keeps an engine from answering; nothing where it does. An engine lets nobody in without a
 * certificate, but shows its own first: that much is asked for.
 * @param {Pick<RemoteEngine, "host" | "port">} engine
 * @returns {Promise<string | undefined>}
 */
export async function obstacle(engine) {
  return (await knock(engine)).obstacle;
}

/**
 * Knocks at an engine: what keeps it from answering, or until when its certificate is good.
 * @param {Pick<RemoteEngine, "host" | "port">} engine
 * @returns {Promise<{ obstacle?: string, certificateEnds?: string }>}
 */
export function knock({ host, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: patienceMs });
    const end = (/** @type {string} */ reason) => {
      socket.destroy();
      resolve({ obstacle: reason });
    };
    socket.once("secureConnect", () => {
      const ends = new Date(socket.getPeerCertificate().valid_to).toISOString();
      socket.destroy();
      resolve({ certificateEnds: ends });
    });
    socket.once("timeout", () => {
      end(`no answer for ${String(patienceMs / 1000)} s`);
    });
    socket.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      // The forward took the connection and found nobody behind it.
      const closed = ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
      end(closed ? "the proxy's machine answers, the engine behind it does not" : error.message);
    });
  });
}

/**
 * Warns of engines that don't answer. Pulumi goes on: it may be about to prepare that very machine.
 * @param {import("../pulumi/stack.mjs").Stack} stack
 * @param {import("../command/progress.mjs").Progress} progress
 */
export async function warnOfUnreachable(stack, progress) {
  const { resources = [] } = await stack.deployment();
  const engines = enginesOf(resources);
  const obstacles = await Promise.all(engines.map(obstacle));
  for (const [index, { machine, host, port }] of engines.entries()) {
    const why = obstacles[index];
    if (why === undefined) continue;
    progress.mark(
      "warning",
      `the Docker engine of ${machine} does not answer at ${host}:${String(port)}: ${why}\n` +
        "      → Is the machine on? Is this computer in adminCidrs? Was it rebuilt? Then raise its generation. " +
        "docs/machines.md: what a preview reaches, another machine in its place.",
    );
  }
}
