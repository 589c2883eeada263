/**
 * Reads the small notations that configuration values are written in: sizes, dates, networks.
 * Every function is pure; a parser answers `undefined` for what is not in its notation.
 */

const unitBytes = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/** Reads "512M", "1.5G" or "1GiB" (binary units, as Docker and Kubernetes mean them) as bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)\s?([KMGT])(?:i?B)?$/i.exec(text.trim());
  if (!match) return undefined;
  const unit = (match[2] ?? "").toUpperCase() as keyof typeof unitBytes;
  const bytes = Math.round(Number(match[1]) * unitBytes[unit]);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Writes bytes as the shortest size that means about the same: 1610612736 is "1.5G". */
export function formatSize(bytes: number): string {
  const units = (["T", "G", "M"] as const).find((unit) => bytes >= unitBytes[unit]) ?? "K";
  return `${Math.round((bytes / unitBytes[units]) * 100) / 100}${units}`;
}

/**
 * Reads a day, "2026-09-01". YAML readers turn an unquoted date into a timestamp at midnight:
 * that form means the same day.
 */
export function parseDay(text: string): string | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T00:00:00(?:\.0+)?Z)?$/.exec(text.trim());
  if (!match) return undefined;
  const day = text.trim().slice(0, 10);
  const parsed = new Date(`${day}T00:00:00Z`);
  const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
  return exists ? day : undefined;
}

/** An IPv4 network, such as 10.11.16.0/20. */
export interface Subnet {
  /** The network as it is written: "10.11.16.0/20". */
  readonly cidr: string;
  /** Its first usable address, which Docker and OpenStack give to the gateway. */
  readonly gateway: string;
  /** How many bits of an address name the network: 20. */
  readonly prefix: number;
  /** First and last address as numbers. */
  readonly first: number;
  readonly last: number;
}

/** Reads an IPv4 address as a number. Leading zeros are refused: some programs read them as octal. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((address, part) => address * 256 + Number(part), 0);
}

/** Writes a number as an IPv4 address. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Reads "10.11.16.0/20"; `strayHostBits` names the network that was probably meant. */
export function parseSubnet(text: string): Subnet | { strayHostBits: string } | undefined {
  const [addressText, prefixText, ...rest] = text.trim().split("/");
  const address = parseAddress(addressText ?? "");
  if (address === undefined || rest.length > 0) return undefined;
  if (prefixText === undefined || !/^(0|[1-9]\d?)$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  if (prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  const cidr = `${formatAddress(first)}/${prefix}`;
  if (first !== address) return { strayHostBits: cidr };
  return { cidr, gateway: formatAddress(first + 1), prefix, first, last: first + size - 1 };
}

const hostLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";

/** A host's name, with or without its domain. */
export const domainPattern = new RegExp(`^${hostLabel}(\\.${hostLabel})*$`);

/** A TCP service on one address or on all of a network. */
export interface TcpService {
  readonly network: Subnet;
  readonly port: number;
}

/** Reads "10.1.2.3:27000" or "10.1.4.0/24:80"; `strayHostBits` as with networks. */
export function parseService(text: string): TcpService | { strayHostBits: string } | undefined {
  const match = /^([^:]+):([1-9]\d{0,4})$/.exec(text.trim());
  if (!match) return undefined;
  const [, where = "", port] = match;
  const network = parseSubnet(where.includes("/") ? where : `${where}/32`);
  if (network === undefined || Number(port) > 65535) return undefined;
  return "strayHostBits" in network ? network : { network, port: Number(port) };
}

/** Writes a service as the firewall reads it: "10.1.2.3/32:27000". */
export function formatService({ network, port }: TcpService): string {
  return `${network.cidr}:${port}`;
}

/** A network that is known to be well written, such as a constant of this program. */
export function subnet(cidr: string): Subnet {
  const parsed = parseSubnet(cidr);
  if (!parsed || "strayHostBits" in parsed) throw new Error(`${cidr} is not a network`);
  return parsed;
}

/** A registry of images, and the folder in it that has them. */
export interface RegistryPlace {
  /** Host, with the port if it isn't 443: what Docker logs in to. */
  readonly server: string;
  readonly folder: string;
}

const registryServer =
  /^(?=[^/]*[.:]|localhost(\/|$))[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\d{0,4})?$/;
const registryFolder = /^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

/** Reads "registry.example.edu:5000/course"; without a folder, it is `semesterhub`. */
export function parseRegistry(text: string): RegistryPlace | undefined {
  const [host = "", ...rest] = text.trim().split("/");
  const server = host.toLowerCase();
  const folder = rest.length === 0 ? "semesterhub" : rest.join("/");
  const [, port = "443"] = server.split(":");
  if (!registryServer.test(server) || !registryFolder.test(folder)) return undefined;
  return Number(port) > 65535 ? undefined : { server, folder };
}

/** What is wrong with a registry that `parseRegistry` can't read. */
export function registryProblem(text: string): string {
  const [host = "", ...folder] = text.trim().split("/");
  if (text.includes("://")) return "begins with a scheme; images are named without one";
  if (/^[\w-]+$/.test(host)) return "has no full host name: Docker would ask Docker Hub for it";
  if (host.includes("@")) return "has a user in it; username and password are keys of their own";
  if (/[:@]/.test(folder.join("/"))) return "has a tag in it; the tags are the program's";
  if (/[A-Z]/.test(folder.join("/"))) return "has capital letters in its folder";
  return "is not a registry: a host, its port, and a folder of small letters, digits and . _ -";
}

/** Whether two networks have an address in common. */
export function overlap(a: Subnet, b: Subnet): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: Subnet, inner: Subnet): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** Addresses that containers can have: all but the network's, the gateway's and the broadcast. */
export function usableAddresses(network: Subnet): number {
  return Math.max(0, network.last - network.first - 2);
}

/** The networks that are never routed on the internet. */
export const privateNetworks: readonly Subnet[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
].map(subnet);

/** How many letters one has to add, drop, change or swap to turn one word into the other. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}

/** The known word that a mistyped one was most likely meant to be, if any is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const scored = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return scored[0]?.candidate;
}
