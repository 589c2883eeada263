/** Reads where a database of the campus's is. */
import { domainPattern, parseAddress } from "./values";

/** A database on a server that is not this course's. */
export interface DatabasePlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Letters that PostgreSQL's programs, files of passwords and URLs all take as they are. */
const name = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

/** What a URL names, without a password; `hasPassword` tells of one that is written in it. */
export interface DatabaseUrl extends DatabasePlace {
  readonly hasPassword: boolean;
}

/** Reads a URL of PostgreSQL; says what is wrong with one that no container could open safely. */
export function parseDatabaseUrl(text: string): DatabaseUrl | { readonly wrong: string } {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return { wrong: "does not begin with postgresql://" };
  if (/[?#]/.test(rest)) {
    return { wrong: "has options, and TLS with the server's name checked is always required" };
  }
  const slash = rest.indexOf("/");
  const [authority, database] =
    slash < 0 ? [rest, ""] : [rest.slice(0, slash), rest.slice(slash + 1)];
  const at = authority.lastIndexOf("@");
  const [role, server] =
    at < 0 ? ["", authority] : [authority.slice(0, at), authority.slice(at + 1)];
  const [user = "", ...password] = role.split(":");
  if (user === "") return { wrong: "names no user" };
  if (database === "") return { wrong: "names no database" };
  for (const [what, written] of [
    ["user", user],
    ["database", database],
  ] as const) {
    if (!name.test(written)) {
      return { wrong: `names a ${what} with something else than letters, digits and _ . -` };
    }
  }
  if (server === "" || server.startsWith("%2F") || server.startsWith("/")) {
    return { wrong: "names no host; a socket of a machine is in no container" };
  }
  if (server.includes(",")) return { wrong: "names several hosts; write the primary's name" };
  if (server.startsWith("[")) {
    return { wrong: "names an IPv6 address, which containers' networks don't reach" };
  }
  const [, host = "", portText = "5432"] = /^([^:]*)(?::([1-9]\d{0,4}))?$/.exec(server) ?? [];
  const port = Number(portText);
  if (host === "" || port > 65535) return { wrong: "names no host, or no port from 1 to 65535" };
  const lower = host.toLowerCase();
  if (/^[\d.]+$/.test(host)) {
    if (parseAddress(host) === undefined) return { wrong: "names no IPv4 address" };
    if (/^(127|0)\./.test(host)) return { wrong: "names the container itself" };
  } else if (lower === "localhost" || lower.endsWith(".localhost")) {
    return { wrong: "names the container itself" };
  } else if (!domainPattern.test(host) || !host.includes(".")) {
    return { wrong: "names a host without its domain, which its certificate would not have" };
  }
  return { host: lower, port, user, database, hasPassword: password.length > 0 };
}
