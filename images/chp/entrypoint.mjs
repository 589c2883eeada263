#!/usr/bin/env node
// Starts configurable-http-proxy inside this process: the token goes from its file into memory,
// never into an argument or an environment that another process could list.
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import https from "node:https";

import { answer } from "./pages.mjs";
import { API_PORT, METRICS_PORT, PROXY_PORT, SECRETS, controlAddress } from "./settings.mjs";

/** Longer than nginx keeps an idle connection (60 s), so that never the server closes first. */
const KEEP_ALIVE_MS = 75_000;

/** @param {string} message */
function refuse(message) {
  process.stderr.write(`chp: ${message}\n`);
  process.exit(1);
}

function token() {
  const value = readFileSync(`${SECRETS}/proxy-token`, "utf8").trim();
  if (!value) throw new Error(`${SECRETS}/proxy-token is empty: anyone could change the routes`);
  return value;
}

/** The error pages, on a loopback port of the kernel's choice. */
function serveErrorPages() {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://localhost");
    const code = Number(asked.pathname.slice(1)) || 503;
    const { type, body } = answer(code, asked.searchParams.get("url") ?? "/");
    response.writeHead(200, { "content-type": type }).end(body);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
}

// Node ends a request that is not all there after 300 s; a large upload over a slow line is not.
// nginx has its own limits. CHP has no option for it.
const createTlsServer = https.createServer;
https.createServer = (options, ...rest) =>
  createTlsServer({ requestTimeout: 0, ...options }, ...rest);

// Node is process 1 here: without these, SIGTERM would wait for Docker's SIGKILL.
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));

try {
  for (const name of ["chp-cert", "chp-key"]) accessSync(`${SECRETS}/${name}`, constants.R_OK);
  process.env.CONFIGPROXY_AUTH_TOKEN = token();
  const apiAddress = controlAddress(process.env.CONTROL_SUBNET);
  // For chp-health, which has no other way to tell which of the addresses it is.
  writeFileSync("/tmp/api-address", apiAddress);
  const pages = await serveErrorPages();
  process.argv = [
    process.argv[0] ?? "node",
    "configurable-http-proxy",
    ...["--ip", "0.0.0.0", "--port", String(PROXY_PORT)],
    ...["--ssl-cert", `${SECRETS}/chp-cert`, "--ssl-key", `${SECRETS}/chp-key`],
    ...["--api-ip", apiAddress, "--api-port", String(API_PORT)],
    ...["--default-target", "http://hub:8082"],
    ...(process.env.METRICS
      ? ["--metrics-ip", apiAddress, "--metrics-port", String(METRICS_PORT)]
      : []),
    // Each person's server has a name of its own: routes are by host.
    ...(process.env.HOST_ROUTING ? ["--host-routing"] : []),
    ...["--error-target", `http://127.0.0.1:${pages}`],
    ...["--keep-alive-timeout", String(KEEP_ALIVE_MS)],
    ...["--log-level", process.env.LOG_LEVEL ?? "info"],
  ];
  await import("./node_modules/configurable-http-proxy/bin/configurable-http-proxy");
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error));
}
// CHP logs an exception that nobody caught and goes on. A port that could not be bound is one:
// end then, and let Swarm start a new one.
process.on("uncaughtException", (error) => {
  if ("syscall" in error && error.syscall === "listen") refuse(error.message);
});
