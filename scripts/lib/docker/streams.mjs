// @ts-check
// What a command in a container is given, and what it says.
import { Writable } from "node:stream";
import { finished } from "node:stream/promises";

/**
 * @typedef {import("dockerode")} Dockerode
 * @typedef {import("node:stream").Readable} Readable
 */

/**
 * Gives a command its standard input, and the end of it at once or later.
 * @param {Writable} stream
 * @param {string} input
 * @param {AbortSignal} [until]
 */
export function give(stream, input, until) {
  if (until === undefined || until.aborted) {
    stream.end(input);
    return;
  }
  stream.write(input);
  const end = () => stream.end();
  until.addEventListener("abort", end, { once: true });
  stream.once("close", () => {
    until.removeEventListener("abort", end);
  });
}

/**
 * Standard output and error, which Docker sends in one stream.
 * @param {Dockerode} docker
 * @param {Readable} stream
 * @param {NodeJS.WritableStream} [show]
 */
export async function gather(docker, stream, show) {
  /** @type {[Buffer[], Buffer[]]} */
  const chunks = [[], []];
  const [out, error] = chunks.map(
    (list) =>
      new Writable({
        write(/** @type {Buffer} */ chunk, _, done) {
          list.push(chunk);
          show?.write(chunk);
          done();
        },
      }),
  );
  if (out === undefined || error === undefined) throw new Error("two streams");
  demux(docker, stream, out, error);
  await finished(stream, { writable: false });
  return chunks.map((list) => Buffer.concat(list).toString());
}

/**
 * @param {Dockerode} docker
 * @param {Readable} stream
 * @param {NodeJS.WritableStream} out
 * @param {NodeJS.WritableStream} error
 */
export function demux(docker, stream, out, error) {
  const { modem } = /** @type {{ modem: { demuxStream: (...streams: unknown[]) => void } }} */ (
    docker
  );
  modem.demuxStream(stream, out, error);
}
