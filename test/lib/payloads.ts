import { cell, type Cell } from "./assignment";

/**
 * What a student may write to run script in the browser of who grades: by name, a cell of a notebook.
 * Each that runs adds its name to the top window's `pwned`, and asks for an address with it.
 */
function run(name: string): string {
  return `top.pwned=(top.pwned||'')+' ${name}';new Image().src='/pwned-${name}'`;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const script = (name: string): string => `<script>${run(name)}</script>`;
const svg = (name: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" onload="${run(name)}"><script>${run(name)}</script></svg>`;

/** In a Markdown cell, which the page shows as HTML. */
export const markup: Record<string, string> = {
  script: script("script"),
  img: `<img src=x onerror="${run("img")}">`,
  svg: svg("svg"),
  link: `[click](javascript:${run("link").replaceAll(" ", "%20")}) <a href="jav&#x09;ascript:${run("link")}">click</a>`,
  dataurl: `<a href="data:text/html,${encodeURIComponent(script("dataurl"))}">click</a>`,
  frame: `<iframe srcdoc="${script("frame").replaceAll('"', "&quot;")}"></iframe>`,
  details: `<details open ontoggle="${run("details")}"><summary>more</summary></details>`,
  style: `<style>@import url(/pwned-style);</style><p style="background:url(/pwned-style)">x</p>`,
  meta: `<meta http-equiv="refresh" content="1;url=/pwned-meta">`,
  base: `<base href="/pwned-base/"><img src="relative">`,
  object: `<object data="data:text/html,${encodeURIComponent(script("object"))}"></object><embed src="/pwned-object">`,
  form: `<form action="/pwned-form"><button autofocus onfocus="${run("form")}">click</button></form>`,
  mathjax: `$\\href{javascript:${run("mathjax")}}{\\text{click}}$ $\\unicode{<img src=x onerror=${run("mathjax")}>}$ $\\style{background:url(/pwned-mathjax)}{x}$`,
  math: `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${run("math")}&gt;"></table></mtext></math>`,
};

/** What code prints: by name, the kind and the content of an output. */
const outputs: Record<string, [kind: string, content: string]> = {
  html: ["text/html", `${script("html")}<img src=x onerror="${run("html")}">`],
  javascript: ["application/javascript", run("javascript")],
  markdown: ["text/markdown", `<img src=x onerror="${run("markdown")}">`],
  picture: ["image/svg+xml", svg("picture")],
  latex: ["text/latex", `$<img src=x onerror="${run("latex")}">$`],
  png: ["image/png", `"><img src=x onerror="${run("png")}">`],
  widget: [
    "application/vnd.jupyter.widget-view+json",
    JSON.stringify({ model_id: `</script>${script("widget")}` }),
  ],
};

/** All of them as cells of a notebook. */
export function payloadCells(): Cell[] {
  const print = Object.entries(outputs).map(
    ([name, [kind, content]]) =>
      `display({${JSON.stringify(kind)}: ${JSON.stringify(content)}}, raw=True)  # ${name}`,
  );
  return [
    ...Object.entries(markup).map(([name, text]) => cell("markdown", `pay-${name}`, text)),
    cell("raw", "pay-raw", script("raw"), undefined, { raw_mimetype: "text/html" }),
    {
      ...cell("markdown", "pay-attachment", "![x](attachment:a.svg)"),
      attachments: { "a.svg": { "image/svg+xml": base64(svg("attachment")) } },
    },
    cell("code", "pay-outputs", print.join("\n"), undefined, {
      tags: [`"><img src=x onerror="${run("tag")}">`],
    }),
  ];
}

/** A notebook's metadata with script in it. */
export const payloadMetadata = {
  title: `</title>${script("title")}`,
  widgets: {
    "application/vnd.jupyter.widget-state+json": { state: {}, x: `</script>${script("state")}` },
  },
};

/** Files beside the notebook. */
export const payloadFiles: Record<string, string> = {
  "evil.html": script("file"),
  "evil.svg": svg("svgfile"),
  "<img src=x onerror=top.pwned=1>.ipynb": `{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}`,
};
