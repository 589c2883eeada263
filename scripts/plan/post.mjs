// @ts-check
// Posts a comment on a pull request, or edits the one that is there. Plain Node.js without packages: it
// runs where there is a token, and what it posts was written where there was none.
//   node scripts/plan/post.mjs github|gitlab FILE
import { readFileSync } from "node:fs";

const marker = "<!-- semesterhub: what this pull request changes -->";
const longest = 65_000;

/**
 * A variable of the environment, which the workflow sets.
 * @param {string} name
 */
function need(name) {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}

/**
 * The text as it is posted: what a fork wrote calls nobody by @name, and is marked as ours.
 * @param {string} file
 */
function textOf(file) {
  const text = readFileSync(file, "utf8").replaceAll("\0", "");
  if (!text.startsWith(marker)) throw new Error(`${file} is no comment of npm run plan`);
  if (text.length > longest) throw new Error(`${file} is longer than a comment may be`);
  return text.replaceAll("@", "@\u200b");
}

/**
 * Asks an API; answers parsed JSON.
 * @param {string} url
 * @param {{ headers: Record<string, string>, method?: string, body?: object }} request
 * @returns {Promise<unknown>}
 */
async function ask(url, { headers, method = "GET", body }) {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** @typedef {{ id: number, body?: string }} Note */

/**
 * The comment that is there, looked for on all pages.
 * @param {(page: number) => Promise<unknown>} read
 */
async function find(read) {
  for (let page = 1; page <= 50; page += 1) {
    const notes = /** @type {Note[]} */ (await read(page));
    const found = notes.find(({ body }) => body?.startsWith(marker));
    if (found !== undefined || notes.length < 100) return found;
  }
  return undefined;
}

/** @param {string} body */
async function github(body) {
  const api = `${process.env["GITHUB_API_URL"] ?? "https://api.github.com"}/repos/${need("GITHUB_REPOSITORY")}`;
  const headers = {
    authorization: `Bearer ${need("GITHUB_TOKEN")}`,
    accept: "application/vnd.github+json",
  };
  const sha = need("HEAD_SHA");
  const head = encodeURIComponent(`${need("HEAD_OWNER")}:${need("HEAD_BRANCH")}`);
  // Which pull request it is for is GitHub's word, not the artifact's.
  const pulls = /** @type {{ number: number, head: { sha: string } }[]} */ (
    await ask(`${api}/pulls?state=open&head=${head}&per_page=100`, { headers })
  );
  const pull = pulls.find((one) => one.head.sha === sha);
  if (pull === undefined) return "No open pull request has this commit any more: nothing posted.";
  const comments = `${api}/issues/${pull.number}/comments`;
  const known = await find((page) => ask(`${comments}?per_page=100&page=${page}`, { headers }));
  await (known === undefined
    ? ask(comments, { headers, method: "POST", body: { body } })
    : ask(`${api}/issues/comments/${known.id}`, { headers, method: "PATCH", body: { body } }));
  return `${known === undefined ? "Posted" : "Edited"} the comment on #${pull.number}.`;
}

/** @param {string} body */
async function gitlab(body) {
  const request = need("CI_MERGE_REQUEST_IID");
  const notes = `${need("CI_API_V4_URL")}/projects/${need("CI_PROJECT_ID")}/merge_requests/${request}/notes`;
  const headers = { "private-token": need("COMMENT_TOKEN") };
  const known = await find((page) => ask(`${notes}?per_page=100&page=${page}`, { headers }));
  await (known === undefined
    ? ask(notes, { headers, method: "POST", body: { body } })
    : ask(`${notes}/${known.id}`, { headers, method: "PUT", body: { body } }));
  return `${known === undefined ? "Posted" : "Edited"} the comment on !${request}.`;
}

const [service = "", file = ""] = process.argv.slice(2);
const post = { github, gitlab }[service];
if (post === undefined) throw new Error("node scripts/plan/post.mjs github|gitlab FILE");
console.log(await post(textOf(file)));
