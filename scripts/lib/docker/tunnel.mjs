// @ts-check
// A port of this computer that leads into a container, through the engine: nothing is published.
import { createServer } from "node:net";
import { PassThrough } from "node:stream";
import { Failure, messageOf } from "../command/fail.mjs";
import { demux } from "./streams.mjs";

/**
 * @typedef {object} Ends what goes into a connection in the container, and what comes out of it
 * @property {NodeJS.ReadableStream} out
 * @property {NodeJS.WritableStream} in
 * @property {() => void} close
 */

/**
 * Opens a connection to a port of a container, whose image has netcat.
 * @param {import("./engine.mjs").Engine} engine
 * @param {string} container
 * @param {number} port
 * @returns {Promise<Ends>}
 */
export async function connectInside(engine, container, port) {
  const exec = await engine.patient.getContainer(container).exec({
    Cmd: ["nc", "-N", "127.0.0.1", String(port)],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const [out, errors] = [new PassThrough(), new PassThrough()];
  errors.resume();
  demux(engine.patient, stream, out, errors);
  stream.once("end", () => out.end());
  return { out, in: stream, close: () => stream.destroy() };
}

/**
 * Listens at this computer's loopback address alone, and leads each connection on.
 * @param {number} port 0: any that is free
 * @param {() => Promise<Ends>} connect
 * @param {(error: unknown) => void} failed told of what could not be led on
 * @returns {Promise<import("node:net").Server>}
 */
export async function listen(port, connect, failed) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // A browser that ends a connection early is nothing to tell of.
    socket.on("error", () => socket.destroy());
    void (async () => {
      try {
        const ends = await connect();
        socket.once("close", () => {
          ends.close();
        });
        socket.pipe(ends.in).on("error", () => socket.destroy());
        ends.out.on("error", () => socket.destroy()).pipe(socket);
        if (socket.destroyed) ends.close();
      } catch (error) {
        failed(error);
        socket.destroy();
      }
    })();
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      resolve(undefined);
    });
  }).catch((/** @type {unknown} */ error) => {
    throw new Failure(`Port ${String(port)} of this computer can't be used: ${messageOf(error)}`, {
      fix: "Choose another: npm run monitoring -- --port 19090",
    });
  });
  return server;
}
