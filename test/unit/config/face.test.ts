// How the course's pages look: text can be read in every colour, and no value is more than text.
import fc from "fast-check";
import { standInFiles } from "../../../components/proxyHost/standIn";
import { contrast, paletteOf } from "../../../config/palette";
import { accepted, valid } from "../lib/configHelp";

const readable = 4.5;

test("in every colour, a button's text and links on light and dark pages can be read", () => {
  const colours = fc.integer({ min: 0, max: 0xffffff });
  fc.assert(
    fc.property(colours, (number) => {
      const colour = `#${number.toString(16).padStart(6, "0")}`;
      const { button, buttonText, onLight, onDark } = paletteOf(colour);
      expect(button).toBe(colour);
      expect(contrast(button, buttonText)).toBeGreaterThanOrEqual(readable);
      expect(contrast(onLight, "#ffffff")).toBeGreaterThanOrEqual(readable);
      expect(contrast(onDark, "#212529")).toBeGreaterThanOrEqual(readable);
    }),
  );
});

test("a colour that can be read is taken as it is", () => {
  expect(paletteOf("#005f9e").onLight).toBe("#005f9e");
  expect(contrast("#000000", "#ffffff")).toBe(21);
});

test("a logo's kind is told by its content, and its name means nothing", () => {
  const { face } = accepted(valid.local, { face: { logo: "logo.svg" } });
  expect(face.logo).toEqual({
    type: "image/svg+xml",
    base64: Buffer.from(
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    ).toString("base64"),
  });
  expect(accepted(valid.local, { face: { logo: "logo.png" } }).face.logo?.type).toBe("image/png");
  expect(accepted(valid.local).face.logo).toBeUndefined();
});

test("an empty line begins a paragraph", () => {
  const { face } = accepted(valid.local, { face: { welcome: "One\nline.\n\n \nTwo." } });
  expect(face.welcome).toEqual(["One\nline.", "Two."]);
});

test("templates of one's own are read with the configuration", () => {
  const { face } = accepted(valid.local, { face: { templates: "templates" } });
  expect(face.templates.map(({ name }) => name)).toEqual(["extra.css", "page.html"]);
  expect(accepted(valid.local).face.templates).toEqual([]);
});

const hostile = `</title><script>alert("1")</script>&lt; \\'"}*{}`;

test("what the configuration says is text on nginx's pages, and in their style", () => {
  const { face } = accepted(valid.local);
  const files = standInFiles({ title: hostile, contact: hostile }, face);
  expect(Object.keys(files).sort()).toEqual([
    "face.css",
    "page-busy.html",
    "page-down.html",
    "page-large.html",
  ]);
  const { "face.css": css = "", ...pages } = files;
  for (const page of Object.values(pages)) {
    expect(page).not.toContain("<script>alert");
    expect(page).toContain(
      "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;lt;",
    );
  }
  expect(css).toContain(
    String.raw`content: "\3c \2f title\3e \3c script\3e alert\28 \22 1\22 \29 `,
  );
  // As many braces and quotation marks as with a plain title.
  const plain = standInFiles({ title: "T" }, face)["face.css"] ?? "";
  const marks = (text: string) => text.replace(/[^{}"]/g, "");
  expect(marks(css)).toBe(marks(plain));
});

test("nginx's pages are one template: only their words differ", () => {
  const { face } = accepted(valid.local);
  const files = standInFiles({ title: "Course" }, face);
  const shape = (page = "") =>
    page
      .replace(/<title>.*<\/title>|<h1>.*<\/h1>|<p>.*<\/p>|<a .*<\/a>/g, "")
      .replace(/<div class="wheel".*<\/div>/g, "")
      .replace(/<script>.*<\/script>/s, "")
      .replace(/\s+/g, " ");
  expect(shape(files["page-busy.html"])).toBe(shape(files["page-down.html"]));
  expect(shape(files["page-large.html"])).toBe(shape(files["page-down.html"]));
});
