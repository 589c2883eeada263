/** What keeps the hub's own data: logins, tokens, which servers run. */
import { z } from "zod";
import { entry } from "./entry";

/** The database section. */
export const database = entry(
  z.strictObject({
    kind: entry(z.enum(["sqlite", "postgres"]), {
      about:
        "`sqlite`: a file on the hub's own disk. `postgres`: PostgreSQL 17 as a service of the course's " +
        "own, for some hundred people at once; the file moves into it at the next `up`.",
      expects: "sqlite or postgres",
      example: "postgres",
    }).default("sqlite"),
  }),
  { about: "The hub's database.", expects: "a section" },
).prefault({});
