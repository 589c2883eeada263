// @ts-check
// A command over SSH as Pulumi's own go: the key from the state, in memory only, the host keys pinned,
// through the bastion.
import { once } from "node:events";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { Failure, messageOf } from "../command/fail.mjs";
import { plainText } from "../pulumi/state.mjs";

/**
 * @typedef {object} Connection
 * @property {string} host
 * @property {number} port
 * @property {string} user
 * @property {string} privateKey
 * @property {string} hostKey "ssh-ed25519 AAAA…"
 * @property {Connection} [proxy]
 *
 * @typedef {import("ssh2").Client} Client
 * @typedef {import("ssh2").ClientChannel} Channel
 */

// dockerode brings it along, for engines over SSH.
const load = createRequire(createRequire(import.meta.url).resolve("dockerode"));
/** @type {unknown} */
const loaded = createRequire(load.resolve("docker-modem"))("ssh2");
const ssh2 = /** @type {typeof import("ssh2")} */ (loaded);

/**
 * The connection of a remote command in a state.
 * @param {unknown} value decrypted
 * @returns {Connection}
 */
export function connectionFrom(value) {
  const plain = /** @type {Record<string, unknown>} */ (unsealed(value));
  const { host, port, user, privateKey, hostKey, proxy } = plain;
  return {
    host: plainText(host),
    port: Number(port ?? 22),
    user: plainText(user),
    privateKey: plainText(privateKey),
    hostKey: plainText(hostKey).trim(),
    ...(proxy === undefined || proxy === null ? {} : { proxy: connectionFrom(proxy) }),
  };
}

/** A section of a state that is a secret as a whole. @param {unknown} value */
function unsealed(value) {
  const { plaintext } = /** @type {{ plaintext?: unknown }} */ (value ?? {});
  return typeof plaintext === "string" ? /** @type {unknown} */ (JSON.parse(plaintext)) : value;
}

/**
 * Runs a command as root and answers what it printed.
 * @param {Connection} connection
 * @param {string} command
 * @param {string} input
 */
export async function runOver(connection, command, input) {
  const clients = await open(connection);
  try {
    const client = /** @type {Client} */ (clients.at(-1));
    const channel = await opened((then) =>
      client.exec(connection.user === "root" ? command : `sudo -n ${command}`, then),
    );
    channel.end(input);
    const ended = /** @type {Promise<[code: number]>} */ (once(channel, "close"));
    const [output, errors, [code]] = await Promise.all([
      text(channel),
      text(channel.stderr),
      ended,
    ]);
    if (code === 0) return output;
    throw new Failure(`${connection.host}: ${errors || `exit status ${code}`}`);
  } finally {
    for (const one of clients.reverse()) one.end();
  }
}

/** @param {(then: (error: Error | undefined, channel: Channel) => void) => unknown} open */
function opened(open) {
  return new Promise((/** @type {(channel: Channel) => void} */ resolve, reject) => {
    open((error, channel) => {
      if (error) reject(error);
      else resolve(channel);
    });
  });
}

/**
 * The clients to a machine, the one of its bastion before its own.
 * @param {Connection} connection
 * @returns {Promise<Client[]>}
 */
async function open({ proxy, ...target }) {
  const before = proxy === undefined ? [] : await open(proxy);
  try {
    return [...before, await connected(target, before.at(-1))];
  } catch (error) {
    for (const one of before.reverse()) one.end();
    throw error;
  }
}

/**
 * @param {Omit<Connection, "proxy">} target
 * @param {Client | undefined} bastion
 * @returns {Promise<Client>}
 */
async function connected({ host, port, user, privateKey, hostKey }, bastion) {
  const socket =
    bastion && (await opened((then) => bastion.forwardOut("127.0.0.1", 0, host, port, then)));
  const [, pinned = ""] = hostKey.split(" ");
  const client = new ssh2.Client();
  const ready = once(client, "ready");
  // What goes wrong later ends the command's channel.
  client.on("error", () => undefined);
  client.connect({
    ...(socket ? { sock: socket } : { host, port }),
    username: user,
    privateKey,
    readyTimeout: 60_000,
    algorithms: { serverHostKey: ["ssh-ed25519"] },
    hostVerifier: (/** @type {Buffer} */ key) => key.toString("base64") === pinned,
  });
  await ready.catch((/** @type {unknown} */ error) => {
    throw new Failure(`SSH to ${host} failed: ${messageOf(error)}`);
  });
  return client;
}
