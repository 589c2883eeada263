/** How the course's pages look and what they say beside their own words. */
import { z } from "zod";
import { entry, file, line } from "./entry";

/** Text of several lines; an empty line begins a paragraph. */
const text = (longest: number) =>
  z
    .string()
    .trim()
    .min(1, "is empty")
    .max(longest, `is longer than ${longest} letters`)
    .regex(/^[\P{Cc}\n]*$/u, "contains a control character other than a line break");

const colour = () =>
  line(7)
    .regex(/^#[0-9a-fA-F]{6}$/, "is not a colour, written as # and six hexadecimal digits")
    .transform((written) => written.toLowerCase());

const address = () =>
  line(500).regex(
    /^(https?:\/\/[^\s"'<>]+|mailto:[^\s"'<>]+@[^\s"'<>]+)$/,
    "is not an address that begins with https://, http:// or mailto:",
  );

/** The face section. */
export const face = entry(
  z.strictObject({
    logo: entry(file(), {
      about:
        "A picture beside the title, at most 64K: SVG, PNG, JPEG or WebP. Pages show it 2 lines high.",
      expects: "the path of a picture",
      example: "logo.svg",
      default: "no picture",
    }).optional(),
    colour: entry(colour(), {
      about:
        "The colour of buttons and links. Where text in it would be hard to read, on light or on" +
        " dark, a darker or lighter one is taken for the text.",
      expects: "a colour, # and six hexadecimal digits (in quotes)",
      example: "#005f9e",
    }).default("#b85a00"),
    welcome: entry(text(1000), {
      about:
        "What the sign-in page says above the form. Plain text; an empty line makes a paragraph.",
      expects: "text of at most 1000 letters",
      example: "Welcome. Lectures are on Mondays at 10.",
      default: "nothing",
    }).optional(),
    links: entry(
      z
        .array(
          z.strictObject({
            label: entry(line(60), {
              about: "What the link is called.",
              expects: "a line of text",
              example: "Syllabus",
            }),
            url: entry(address(), {
              about: "Where it leads.",
              expects: "an address",
              example: "https://example.edu/ds101",
            }),
          }),
        )
        .max(8, "has more than 8 links"),
      {
        about: "Links at the foot of each page: the syllabus, an imprint, a privacy notice.",
        expects: "a list of links, each with label and url",
        example: [{ label: "Syllabus", url: "https://example.edu/ds101" }],
      },
    ).default([]),
    footer: entry(line(200), {
      about: "A line at the foot of each page.",
      expects: "a line of text",
      example: "Department of Statistics, Example University",
      default: "nothing",
    }).optional(),
    templates: entry(file(), {
      about:
        "A folder of Jinja templates (NAME.html, NAME.css) that take the place of the hub's own, for" +
        " what the keys above can't do. `up` renders every page with them before the hub restarts.",
      expects: "the path of a folder",
      example: "templates",
      default: "none",
    }).optional(),
  }),
  {
    about:
      "How the course's pages look, beside `course.title` and `course.contact`. Words are shown as" +
      " text: HTML in them is not interpreted.",
    expects: "a section",
  },
).prefault({});
