/** What keeps the hub's own data and the gradebook: logins, tokens, which servers run; grades. */
import { z } from "zod";
import { parseDatabaseUrl, type DatabaseUrl } from "../databaseUrl";
import { entry, file, line, written } from "./entry";

const url = () =>
  written(
    (text): DatabaseUrl | undefined => {
      const parsed = parseDatabaseUrl(text.trim());
      return "wrong" in parsed ? undefined : parsed;
    },
    (text) => {
      const parsed = parseDatabaseUrl(text.trim());
      return "wrong" in parsed ? parsed.wrong : "is not a URL of PostgreSQL";
    },
  );

const elsewhere = (what: string, name: string) =>
  entry(
    z.strictObject({
      url: entry(url(), {
        about:
          "Where it is: a database that is empty at first, and a role that owns it. The role's password " +
          "is a key of its own; TLS is always used, and the server's certificate must be for this host.",
        expects: "postgresql://user@host/database, with :port after the host if it is not 5432",
        example: `postgresql://${name}@db.example.edu/${name}`,
      }),
      password: entry(line(500), {
        about: "The role's password; encrypted.",
        expects: "a password",
        example: { secure: "v1:…" },
        secret: true,
      }),
    }),
    {
      about: `${what} on a PostgreSQL server of the campus's, of the major version 17.`,
      expects: "a section with url and password",
    },
  ).optional();

/** The database section. */
export const database = entry(
  z.strictObject({
    kind: entry(z.enum(["sqlite", "postgres"]), {
      about:
        "`sqlite`: files on the course's own disk. `postgres`: PostgreSQL 17, for some hundred people " +
        "at once: a service of the course's own, or with `hub` and `gradebook` the campus's. What is " +
        "in the files moves into it at the next `up`.",
      expects: "sqlite or postgres",
      example: "postgres",
    }).default("sqlite"),
    hub: elsewhere("The hub's database", "course_hub"),
    gradebook: elsewhere("The gradebook's database, of another role,", "course_gradebook"),
    certificateAuthority: entry(file(), {
      about:
        "The authority that signed the certificate of the campus's server, in PEM, where it is none " +
        "that computers know anyway.",
      expects: "the path of a PEM file",
      example: "tls/campus-ca.pem",
      default: "public authorities",
    }).optional(),
  }),
  { about: "The databases of the hub and of the gradebook.", expects: "a section" },
).prefault({});
