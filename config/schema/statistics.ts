/** What is recorded of how the course is used. */
import { z } from "zod";
import { count, entry } from "./entry";

/** The statistics section. */
export const statistics = entry(
  z.strictObject({
    names: entry(z.enum(["names", "pseudonyms"]), {
      about:
        "How people are called in the statistics: by their names, or by pseudonyms, which only the " +
        "course can make of a name. Students see their own records either way, and nobody else's.",
      expects: "names or pseudonyms",
      example: "pseudonyms",
    }).default("names"),
    keepNamesDays: entry(count(1, 3650), {
      about:
        "Days after which a record no longer tells whose it was. Numbers of people, starts and " +
        "machines are kept.",
      expects: "a number of days",
      example: 30,
    }).default(200),
  }),
  { about: "What is recorded of how the course is used.", expects: "a section" },
).prefault({});
