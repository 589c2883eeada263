/** What must hold of the databases on a server of the campus's. */
import type { Problem } from "../problems";
import { parseAddress } from "../values";
import type { Rule } from "./rule";

const kinds = ["hub", "gradebook"] as const;

/** Both or none are elsewhere, and neither role can read the other's. */
export const checkDatabase: Rule = ({ database, networks, storage }) => {
  if (!database) return [];
  const { kind, hub, gradebook, certificateAuthority } = database;
  if (kind === "sqlite") {
    return ([...kinds, "certificateAuthority"] as const)
      .filter((key) => database[key] !== undefined)
      .map((key) => ({
        path: ["database", key],
        problem: "is for PostgreSQL, and database.kind is sqlite",
        fix: "write database.kind: postgres, or take it out",
      }));
  }
  const problems: Problem[] = [];
  if (hub === undefined && gradebook === undefined) {
    if (certificateAuthority !== undefined) {
      problems.push({
        path: ["database", "certificateAuthority"],
        problem: "is for a server of the campus's, and this course has one of its own",
        fix: "write database.hub and database.gradebook, or take it out",
      });
    }
    if (storage?.shared === true) {
      problems.push({
        path: ["database", "kind"],
        value: "postgres",
        problem: "would have its data on the campus's file system, where PostgreSQL can lose them",
        fix:
          "write database.hub and database.gradebook, on a server of the campus's; or write sqlite: " +
          "the hub's own disk then has the database, and the tree a copy",
      });
    }
    return problems;
  }
  for (const [key, other] of [
    ["hub", "gradebook"],
    ["gradebook", "hub"],
  ] as const) {
    if (database[key] !== undefined) continue;
    problems.push({
      path: ["database", key],
      problem: `is missing, and database.${other} is on a server of the campus's`,
      fix: "write both, each with a database and a role of its own",
    });
  }
  if (hub === undefined || gradebook === undefined) return problems;
  for (const key of kinds) {
    if (database[key]?.url.hasPassword !== true) continue;
    problems.push({
      path: ["database", key, "url"],
      value: "(secret)",
      problem: "has a password in it, which settings and plans would show",
      fix: `write it without, and the password encrypted as database.${key}.password`,
    });
  }
  for (const [what, same] of [
    [
      "database",
      hub.url.host === gradebook.url.host && hub.url.database === gradebook.url.database,
    ],
    ["role", hub.url.host === gradebook.url.host && hub.url.user === gradebook.url.user],
  ] as const) {
    if (!same) continue;
    problems.push({
      path: ["database", "gradebook", "url"],
      problem: `names the ${what} of database.hub.url: whoever has the gradebook could read the hub's logins and tokens`,
      fix: `name another ${what}`,
    });
  }
  for (const { network, port } of networks?.allow ?? []) {
    for (const key of kinds) {
      const { host, port: own } = database[key]?.url ?? { host: "", port: 0 };
      const address = parseAddress(host);
      if (address === undefined || port !== own) continue;
      if (address < network.first || address > network.last) continue;
      problems.push({
        path: ["networks", "allow"],
        value: `${network.cidr}:${port}`,
        problem: `lets students' servers reach the server of database.${key}`,
        fix: "take it out: hub and grading reach the server without it",
      });
    }
  }
  return problems;
};
