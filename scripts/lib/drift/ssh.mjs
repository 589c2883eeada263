// @ts-check
// A command over SSH as Pulumi's own go: the key from the state, in memory only, the host keys pinned,
// through the bastion.
import { createRequire } from "node:module";
import { Failure } from "../command/fail.mjs";
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
 * @typedef {import("node:stream").Duplex & { stderr: import("node:stream").Readable }} Channel
 *
 * @typedef {object} Client the part of ssh2's that is used
 * @property {(event: string, then: (error: Error) => void) => Client} on
 * @property {(options: object) => Client} connect
 * @property {(command: string, then: (error: Error | undefined, channel: Channel) => void) => void} exec
 * @property {(from: string, fromPort: number, host: string, port: number, then: (error: Error | undefined, channel: Channel) => void) => void} forwardOut
 * @property {() => void} end
 */

// dockerode brings it along, for engines over SSH.
const load = createRequire(createRequire(import.meta.url).resolve("dockerode"));
/** @type {unknown} */
const loaded = createRequire(load.resolve("docker-modem"))("ssh2");
const ssh2 = /** @type {{ Client: new () => Client }} */ (loaded);

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

/**
 * A section of a state that is a secret as a whole.
 * @param {unknown} value
 */
function unsealed(value) {
  const { plaintext } = /** @type {{ plaintext?: unknown }} */ (value ?? {});
  return typeof plaintext === "string" ? /** @type {unknown} */ (JSON.parse(plaintext)) : value;
}

/**
 * Runs a command as root and answers what it printed.
 * @param {Connection} connection
 * @param {string} command
 * @param {string} input
 * @returns {Promise<string>}
 */
export async function runOver(connection, command, input) {
  const clients = await open(connection);
  const client = /** @type {Client} */ (clients.at(-1));
  try {
    return await new Promise((resolve, reject) => {
      client.exec(connection.user === "root" ? command : `sudo -n ${command}`, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let output = "";
        let errors = "";
        channel.on("data", (/** @type {Buffer} */ chunk) => (output += chunk.toString()));
        channel.stderr.on("data", (/** @type {Buffer} */ chunk) => (errors += chunk.toString()));
        channel.on("close", (/** @type {number} */ code) => {
          if (code === 0) resolve(output);
          else reject(new Failure(`${connection.host}: ${errors || `exit status ${code}`}`));
        });
        channel.end(input);
      });
    });
  } finally {
    for (const one of clients.reverse()) one.end();
  }
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
  /** @type {Channel | undefined} */
  const socket =
    bastion === undefined
      ? undefined
      : await new Promise((/** @type {(channel: Channel) => void} */ resolve, reject) => {
          bastion.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
            if (error) reject(error);
            else resolve(channel);
          });
        });
  const [, pinned = ""] = hostKey.split(" ");
  const client = new ssh2.Client();
  await new Promise((resolve, reject) => {
    client
      .on("ready", resolve)
      .on("error", (error) => {
        reject(new Failure(`SSH to ${host} failed: ${error.message}`));
      })
      .connect({
        ...(socket ? { sock: socket } : { host, port }),
        username: user,
        privateKey,
        readyTimeout: 60_000,
        algorithms: { serverHostKey: ["ssh-ed25519"] },
        hostVerifier: (/** @type {Buffer} */ key) => key.toString("base64") === pinned,
      });
  });
  return client;
}
