// @ts-check
// Whether this computer reaches the machines' Docker engines: Pulumi asks each of them in every preview
// and deployment, and says "failed to connect to any docker daemon" without a word of which.
import { connect } from "node:tls";
import { plainText, splitUrn } from "../pulumi/state.mjs";

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
    if (type !== "pulumi:providers:docker" || replaced === true) return [];
    const [, host, port] = /^tcp:\/\/(.+):(\d+)$/.exec(plainText(inputs?.["host"])) ?? [];
    const [, role, node] =
      /^(?:(proxy|hub|storage)|nodes-(.+))-provider$/.exec(splitUrn(urn)[1]) ?? [];
    const machine = role ?? node;
    if (host === undefined || machine === undefined) return [];
    const of = /** @type {RemoteEngine["role"]} */ (role ?? "node");
    return [{ role: of, machine, host, port: Number(port), urn }];
  });
}

/**
 * Knocks at an engine: what keeps it from answering, or until when its certificate is good. It lets nobody
 * in without a certificate, but shows its own first: that much is asked for.
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
  const knocked = enginesOf(resources).map(async (engine) => ({
    ...engine,
    ...(await knock(engine)),
  }));
  for (const { machine, host, port, obstacle } of await Promise.all(knocked)) {
    if (obstacle === undefined) continue;
    progress.mark(
      "warning",
      `the Docker engine of ${machine} does not answer at ${host}:${String(port)}: ${obstacle}\n` +
        "      → Is the machine on? Is this computer in adminCidrs? Was it rebuilt? Then raise its generation. " +
        "docs/machines.md: what a preview reaches, another machine in its place.",
    );
  }
}
