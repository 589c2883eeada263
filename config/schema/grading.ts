/** How assignments are handed in and graded. */
import { z } from "zod";
import { count, entry, size } from "./entry";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** Whether this computer knows a time zone by that name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

/** A time zone. */
export const timezone = entry(
  z.string().refine(isZone, "is not a time zone, written Europe/Berlin"),
  {
    about:
      "The time zone of the course: deadlines are set and shown by its clock, with daylight saving " +
      "of the day itself.",
    expects: "a name of the tz database",
    example: "Europe/Berlin",
  },
).default("UTC");

/** The grading section. */
export const grading = entry(
  z.strictObject({
    workers: entry(count(1, 64), {
      about:
        "How many submissions are autograded at once. Each runs in a fresh container without network, " +
        "where students' servers run.",
      expects: "a whole number",
      example: 4,
    }).default(2),
    memory: entry(size(128 * mebibyte, 1024 * gibibyte), {
      about: "Memory for one submission that is autograded.",
      expects: "a size",
      example: "2G",
      default: "`student.memory`",
    }).optional(),
    seconds: entry(count(10, 86_400), {
      about: "Seconds for one notebook that is autograded; what takes longer fails its tests.",
      expects: "a whole number of seconds",
      example: 300,
    }).default(300),
    cellSeconds: entry(count(1, 86_400), {
      about: "Seconds for one of its cells.",
      expects: "a whole number of seconds",
      example: 30,
    }).default(30),
    output: entry(size(65_536, gibibyte), {
      about: "Output of one notebook that is kept; what is more is cut.",
      expects: "a size",
      example: "5M",
    }).prefault("5M"),
    submission: entry(size(mebibyte, 16 * gibibyte), {
      about: "The largest submission that is taken; a larger one is refused, and its student told.",
      expects: "a size",
      example: "100M",
    }).prefault("100M"),
    showHiddenTests: entry(z.boolean(), {
      about: "Whether feedback shows the hidden tests.",
      expects: "true or false",
      example: false,
    }).default(false),
    similarity: entry(z.boolean(), {
      about:
        "Whether graders may compare an assignment's submissions for code in common. It is done on the " +
        "course's own machine.",
      expects: "true or false",
      example: true,
    }).default(false),
    trialRuns: entry(z.boolean(), {
      about:
        "Whether each submission is run in the sandbox as soon as it is handed in. Its student then reads " +
        "how many cells ran without an error: no points, and no hidden tests.",
      expects: "true or false",
      example: true,
    }).default(false),
  }),
  { about: "How assignments are handed in and graded.", expects: "a section" },
).prefault({});
