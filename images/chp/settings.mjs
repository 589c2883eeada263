// What the proxy and its health check both need to know.
import { networkInterfaces } from "node:os";

/** The proxy's port: TLS, reached by nginx. */
export const PROXY_PORT = 8000;
/** The port of the routing table's API: reached by the hub. */
export const API_PORT = 8001;
/** The port of its metrics, beside the API: reached by Prometheus, where the course has one. */
export const METRICS_PORT = 8002;
/** Where Swarm mounts secrets. */
export const SECRETS = "/run/secrets";

/** @param {string} address */
const toNumber = (address) =>
  address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);

/**
 * Is an IPv4 address inside a network written as CIDR?
 *
 * @param {string} address
 * @param {string} cidr
 */
export function inside(address, cidr) {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidr);
  const bits = Number(match?.[2]);
  if (!match?.[1] || bits > 32) {
    throw new Error(`CONTROL_SUBNET is "${cidr}": write an IPv4 network, like 10.11.0.0/24`);
  }
  const size = 2 ** (32 - bits);
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(match[1]) / size);
}

/**
 * This container's own address inside the control network. Students share another network with
 * the proxy; bound to this address alone, the API is not there for them.
 *
 * @param {string | undefined} subnet
 * @param {ReturnType<typeof networkInterfaces>} interfaces
 */
export function controlAddress(subnet, interfaces = networkInterfaces()) {
  if (!subnet) throw new Error("CONTROL_SUBNET is not set: give the control network, as CIDR");
  const own = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((entry) => entry.family === "IPv4")
    .map((entry) => entry.address);
  const found = own.find((address) => inside(address, subnet));
  if (!found) {
    throw new Error(`no address of this container (${own.join(", ")}) is inside ${subnet}`);
  }
  return found;
}
