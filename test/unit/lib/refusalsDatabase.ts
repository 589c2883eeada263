/** Databases on a server of the campus's that must be refused, and the message of each. */
import { valid, type RawSections } from "./configHelp";
import { absent, type Refusal } from "./refusals";

const password = "not-to-be-shown";
const hub = { url: "postgresql://hub_role@db.example.edu/hub", password };
const gradebook = { url: "postgresql://gb_role@db.example.edu/gradebook", password };

const at = (url: string): RawSections => ({
  database: { kind: "postgres", hub: { url, password }, gradebook },
});
const both = (keys: object): RawSections => ({
  database: { kind: "postgres", hub, gradebook, ...keys },
});
const url = (text: string, problem: string): Refusal => [
  at(text),
  "database.hub.url",
  text,
  problem,
  "postgresql://user@host/database",
];

// prettier-ignore
export const refusalsDatabase: Readonly<Record<string, readonly Refusal[]>> = {
  "a URL of PostgreSQL": [
    url("mysql://hub@db.example.edu/hub", "does not begin with postgresql://"),
    url("db.example.edu", "does not begin with postgresql://"),
    url("postgresql://hub@db.example.edu/hub?sslmode=disable", "has options"),
    url("postgresql://hub@db.example.edu/hub?host=/var/run/postgresql", "has options"),
    url("postgresql://hub@db.example.edu/hub#x", "has options"),
    url("postgresql:///hub", "names no user"),
    url("postgresql://db.example.edu/hub", "names no user"),
    url("postgresql://hub@/hub", "names no host; a socket"),
    url("postgresql://hub@%2Fvar%2Frun%2Fpostgresql/hub", "names no host; a socket"),
    url("postgresql://hub@db.example.edu", "names no database"),
    url("postgresql://hub@db.example.edu/", "names no database"),
    url("postgresql://hub@db.example.edu/hub/x", "names a database with something else"),
    url("postgresql://hub@db.example.edu/hub dbname=x", "names a database with something else"),
    url("postgresql://hub@db.example.edu/-hub", "names a database with something else"),
    url("postgresql://hub@db.example.edu/a=b", "names a database with something else"),
    url("postgresql://h%75b@db.example.edu/hub", "names a user with something else"),
    url("postgresql://it's@db.example.edu/hub", "names a user with something else"),
    url("postgresql://hub@[2001:db8::1]/hub", "names an IPv6 address"),
    url("postgresql://hub@db1.example.edu,db2.example.edu/hub", "names several hosts"),
    url("postgresql://hub@db.example.edu:0/hub", "no port from 1 to 65535"),
    url("postgresql://hub@db.example.edu:99999/hub", "no port from 1 to 65535"),
    url("postgresql://hub@db.example.edu:54 32/hub", "no port from 1 to 65535"),
    url("postgresql://hub@localhost/hub", "names the container itself"),
    url("postgresql://hub@127.0.0.1/hub", "names the container itself"),
    url("postgresql://hub@10.1.2.300/hub", "names no IPv4 address"),
    url("postgresql://hub@010.1.2.3/hub", "names no IPv4 address"),
    // the course's own: chp, hub and homes are names on the control network
    url("postgresql://hub@chp/hub", "names a host without its domain"),
    url("postgresql://hub@db_1.example.edu/hub", "names a host without its domain"),
    [at("postgresql://hub:not-to-be-shown@db.example.edu/hub"), "database.hub.url", "(secret)", "has a password in it", "database.hub.password"],
  ],
  "databases that can't be as they are": [
    [{ database: { hub, gradebook: undefined } }, "database.hub", absent, "database.kind is sqlite", "write database.kind: postgres"],
    [{ database: { kind: "postgres", hub } }, "database.gradebook", absent, "is missing, and database.hub", "a role of its own"],
    [{ database: { kind: "postgres", gradebook } }, "database.hub", absent, "is missing, and database.gradebook", "a role of its own"],
    [{ database: { kind: "postgres", hub: { url: hub.url }, gradebook } }, "database.hub.password", absent, "is missing", "pulumi config set --secret --path 'semesterhub:database.hub.password'"],
    [{ database: { kind: "postgres", certificateAuthority: "chain.pem" } }, "database.certificateAuthority", absent, "this course has one of its own", "write database.hub"],
    [both({ certificateAuthority: "gone.pem" }), "database.certificateAuthority", "gone.pem", "does not exist", "from the folder"],
    [both({ certificateAuthority: "key.pem" }), "database.certificateAuthority", "key.pem", "has no CERTIFICATE", "-----BEGIN"],
    [both({ gradebook: { url: "postgresql://gb_role@db.example.edu/hub", password } }), "database.gradebook.url", absent, "names the database of database.hub.url", "name another database"],
    [both({ gradebook: { url: "postgresql://hub_role@DB.example.edu/gradebook", password } }), "database.gradebook.url", absent, "names the role of database.hub.url", "name another role"],
    [{ ...at("postgresql://hub@10.1.2.3/hub"), networks: { allow: ["10.1.0.0/16:5432"] } }, "networks.allow", "10.1.0.0/16:5432", "lets students' servers reach the server of database.hub", "take it out"],
    [{ storage: { shared: true, path: "/srv/campus" }, database: { kind: "postgres" } }, "database.kind", "postgres", "on the campus's file system", "or write sqlite", valid.hosts],
  ],
};
