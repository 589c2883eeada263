/** Ways in which a notebook may try to run script in the browser of who reads it; each sets window.pwned. */
const run = "parent.pwned=window.pwned=1";

/** As the source of Markdown cells. */
export const markdownPayloads: readonly string[] = [
  `<script>${run}</script>`,
  `<script\n>${run}</script\n>`,
  `<img src=x onerror="${run}">`,
  `<svg onload="${run}"><script>${run}</script></svg>`,
  `<iframe srcdoc="<script>${run}</script>"></iframe>`,
  `<details open ontoggle="${run}">x</details>`,
  `<input autofocus onfocus="${run}">`,
  `<object data="data:text/html,<script>${run}</script>"></object>`,
  `<meta http-equiv="refresh" content="0;url=javascript:${run}">`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${run}"></style></math>`,
  `$<img src=x onerror=${run}>$`,
  `<!--><script>${run}</script>-->`,
  `<style>@keyframes x{}</style><b style="animation:x" onanimationstart="${run}">x</b>`,
  `[click](javascript:${encodeURIComponent(run)})`,
];

/** As code: outputs of every kind that a browser would show. */
export const outputPayload = `
from IPython.display import display
for kind, text in {
    "text/html": "<script>${run}</script><img src=x onerror='${run}'>",
    "application/javascript": "${run}",
    "text/markdown": "<img src=x onerror='${run}'>",
    "image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='${run}'/>",
    "text/latex": "$<img src=x onerror=${run}>$",
    "image/png": "\\"><img src=x onerror='${run}'>",
}.items():
    display({kind: text}, raw=True)
`;

/** A page of one's own beside the notebook. */
export const pagePayload = `<script>${run}; fetch("/hub/api/user")</script>`;
