// What a browser or a program reads when the place that it asked for does not answer.

/** Only the path decides: CHP hands its error server nothing else of the request. */
const PROGRAM = /\/(api|metrics|files|nbextensions|static|lab\/api|terminals)\//;

/**
 * @typedef {object} Answer
 * @property {string} type the content type
 * @property {string} body
 */

/**
 * @param {number} code 404 for no route, 503 for no answer
 * @param {string} url what was asked for, as the browser wrote it
 * @returns {Answer}
 */
export function answer(code, url) {
  const path = url.split("?", 1)[0] ?? "/";
  const said = explain(code, path);
  if (PROGRAM.test(path)) {
    const body = JSON.stringify({ status: code, message: `${said.title}. ${said.text}` });
    return { type: "application/json", body };
  }
  return { type: "text/html; charset=utf-8", body: page(said) };
}

/**
 * @typedef {object} Explanation
 * @property {string} title
 * @property {string} text
 * @property {string} [link] where the button leads
 * @property {string} [label] what it says
 * @property {boolean} [again] does waiting help?
 */

/**
 * @param {number} code
 * @param {string} path
 * @returns {Explanation}
 */
function explain(code, path) {
  const home = { link: "/hub/home", label: "Go to the hub" };
  if (code === 404) {
    return { title: "Nothing is here", text: "This address does not exist.", ...home };
  }
  if (path.startsWith("/user/")) {
    return {
      title: "Your server isn't running",
      text: "It may have been stopped after a while without use. Your files are safe. Start it again from the hub.",
      ...home,
    };
  }
  return {
    title: "The hub is starting",
    text: "It will be back in a moment. Notebooks that are open keep running. This page tries again by itself.",
    again: true,
  };
}

/** Loads the page again once something else answers there; a refresh would interrupt screen readers. */
const tryAgain = `<script>
setInterval(async () => {
  const { status } = await fetch(location.href, { method: "HEAD" }).catch(() => ({ status: 503 }));
  if (status !== 503) location.reload();
}, 5000);
</script>
`;

/**
 * Its style is nginx's, with the course's colours and logo; the header's text, too.
 * @param {Explanation} said
 */
function page({ title, text, link, label, again }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/semesterhub/face.css">
</head>
<body>
<header></header>
<main>
<h1>${title}</h1>
<p>${text}</p>
${link && label ? `<a href="${link}">${label}</a>\n` : ""}</main>
${again ? tryAgain : ""}</body>
</html>
`;
}
