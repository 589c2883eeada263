// @ts-check
// A forwarding HTTP proxy for Debian's packages, as a campus has one (apt-cacher-ng): machines that
// reach this computer and nothing else get their packages through it.
import { createServer, request } from "node:http";

/** What a proxy must not hand on: it is between two neighbours only. */
const hopByHop = ["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"];

/**
 * @param {import("node:http").IncomingHttpHeaders} headers
 */
function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
}

/**
 * Starts the proxy. It hands on requests for files of Debian's archive, and nothing else.
 * @param {{ host: string, port: number }} listen
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startPackageProxy({ host, port }) {
  const server = createServer((incoming, outgoing) => {
    /** @param {number} status @param {string} text */
    const refuse = (status, text) => {
      if (!outgoing.headersSent) outgoing.writeHead(status, { "content-type": "text/plain" });
      outgoing.end(`${text}\n`);
    };
    const url = URL.canParse(incoming.url ?? "") ? new URL(incoming.url ?? "") : undefined;
    const archive = url?.protocol === "http:" && /\/(dists|pool)\//.test(url.pathname);
    if (url === undefined || !archive || !["GET", "HEAD"].includes(incoming.method ?? "")) {
      refuse(403, "This proxy is for Debian's packages.");
      return;
    }
    const asked = request(
      url,
      { method: incoming.method, headers: endToEnd(incoming.headers) },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
        answer.pipe(outgoing);
      },
    );
    asked.on("error", (error) => {
      refuse(502, error.message);
    });
    outgoing.on("close", () => asked.destroy());
    asked.end();
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      resolve(undefined);
    });
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host}:${String(bound)}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
