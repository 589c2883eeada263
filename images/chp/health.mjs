#!/usr/bin/env node
// Healthy: the proxy answers on its TLS port, and the API asks for its token.
import http from "node:http";
import https from "node:https";

import { API_PORT, PROXY_PORT, controlAddress } from "./settings.mjs";

const TIMEOUT_MS = 4000;

/**
 * @param {typeof http | typeof https} client
 * @param {https.RequestOptions} options
 * @param {number} expected
 */
function expectStatus(client, options, expected) {
  return new Promise((resolve, reject) => {
    const request = client.get({ ...options, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      if (response.statusCode === expected) resolve(undefined);
      else reject(new Error(`port ${options.port}: ${response.statusCode}, not ${expected}`));
    });
    request.on("timeout", () => request.destroy(new Error(`port ${options.port}: no answer`)));
    request.on("error", reject);
  });
}

try {
  const host = controlAddress(process.env.CONTROL_SUBNET);
  await Promise.all([
    expectStatus(
      https,
      // To itself: that this very process answers is the question, not who it is.
      { host: "127.0.0.1", port: PROXY_PORT, path: "/_chp_healthz", rejectUnauthorized: false },
      200,
    ),
    expectStatus(http, { host, port: API_PORT, path: "/api/routes" }, 403),
  ]);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
