import type { SemesterConfig } from "../../config";

type Face = SemesterConfig["face"];
type Course = Pick<SemesterConfig["course"], "title" | "contact">;

/** A page that nginx shows where the hub can't. */
interface StandIn {
  readonly title: string;
  readonly text: string;
  /** Where a button leads, and what it says. */
  readonly link?: readonly [url: string, label: string];
  /** Whether the page tries again by itself. */
  readonly again?: true;
}

const pages: Readonly<Record<"down" | "busy" | "large", StandIn>> = {
  down: {
    title: "Back in a moment",
    text:
      "The hub is being started or updated. Your files are safe. This page tries again by itself" +
      " every five seconds.",
    again: true,
  },
  busy: {
    title: "Too many attempts",
    text: "Many logins came from your network at once. Wait a few seconds, then try again.",
    link: ["/hub/login", "Sign in"],
  },
  large: {
    title: "This is too large",
    text:
      "What you sent is larger than this place takes in one piece. Files go into JupyterLab's file" +
      " browser, which sends them in pieces.",
    link: ["/hub/home", "Go to my page"],
  },
};

/**
 * Loads the page again once something else answers there. A refresh by the page's head would begin a
 * screen reader's reading anew every five seconds.
 */
const tryAgain = `<script>
      setInterval(async () => {
        const { status } = await fetch(location.href, { method: "HEAD" }).catch(() => ({ status: 503 }));
        if (status !== 503) location.reload();
      }, 5000);
    </script>`;

/**
 * The files with the course's face that nginx reads: its own pages, and the style that chp's pages
 * have in common with them (images/chp/pages.mjs).
 */
export function standInFiles(course: Course, face: Face): Record<string, string> {
  return {
    "face.css": styleSheet(course, face),
    ...Object.fromEntries(
      Object.entries(pages).map(([name, said]) => [`page-${name}.html`, page(course, said)]),
    ),
  };
}

function page({ title: course, contact }: Course, { title, text, link, again }: StandIn): string {
  const button = link ? `<a href="${link[0]}">${link[1]}</a>` : "";
  const about = contact === undefined ? "" : `<footer>Questions? Ask ${html(contact)}.</footer>`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · ${html(course)}</title>
    <link rel="stylesheet" href="/semesterhub/face.css" />
  </head>
  <body>
    <header>${html(course)}</header>
    <main>
      ${again ? '<div class="wheel" aria-hidden="true"></div>' : ""}
      <h1>${title}</h1>
      <p>${html(text)}</p>
      ${button}
    </main>
    ${about}
    ${again ? tryAgain : ""}
  </body>
</html>
`;
}

/** One style for nginx's pages and chp's. An empty header, which chp's have, gets the title from here. */
function styleSheet({ title }: Course, { logo, palette }: Face): string {
  const picture = logo
    ? `header::before { content: ""; display: block; height: 3rem; margin-bottom: 0.5rem;
  background: url("data:${logo.type};base64,${logo.base64}") center / contain no-repeat; }
`
    : "";
  return `:root { color-scheme: light dark; --button: ${palette.button}; --on-button: ${palette.buttonText}; }
body { margin: 0; min-height: 100vh; display: grid; grid-template-rows: auto 1fr auto;
  justify-items: center; background: Canvas; color: CanvasText; font: 1.05rem/1.6 system-ui, sans-serif;
  text-align: center; }
header, footer { box-sizing: border-box; width: 100%; padding: 1.25rem 1rem; overflow-wrap: anywhere; }
header { font-weight: 600; border-bottom: 1px solid color-mix(in srgb, CanvasText 20%, Canvas); }
header:empty::after { content: "${cssText(title)}"; }
${picture}main { max-width: 28rem; padding: 2rem 1rem; align-self: center; }
h1 { font-size: 1.6rem; font-weight: 600; margin: 0 0 0.5rem; }
p { margin: 0 0 1.5rem; }
a { display: inline-block; padding: 0.6rem 1.4rem; border-radius: 0.4rem; background: var(--button);
  color: var(--on-button); text-decoration: none; font-weight: 600; }
a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
.wheel { width: 2.5rem; height: 2.5rem; margin: 0 auto 1.5rem; border-radius: 50%;
  border: 0.3rem solid color-mix(in srgb, CanvasText 15%, Canvas); border-top-color: var(--button);
  animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .wheel { animation: none; } }
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it stands in HTML. */
function html(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => entities[letter] ?? "");
}

/** Text as it stands in a string of CSS: everything but letters, digits and blanks by its number. */
function cssText(text: string): string {
  return text.replace(
    /[^\p{L}\p{N} ]/gu,
    (letter) => `\\${(letter.codePointAt(0) ?? 0).toString(16)} `,
  );
}
