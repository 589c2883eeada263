// `proxy.subdomains`: what a page of one student's server can do to another who looks at it.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { stringify } from "yaml";
import { launchBrowser, logInAt, openWindow } from "../lib/browser";
import { root, tryOperator, type Outputs } from "../lib/semester";

const stack = "beddomains";
const port = 8643;
const hub = `https://course.localhost:${port}`;
const serverOf = (name: string) => `https://${name}.course.localhost:${port}/user/${name}`;
const file = join(root, `Pulumi.${stack}.yaml`);

let browser: Browser;
let password: string;

async function operate(script: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tryOperator(stack, script, ...args);
  if (code !== 0) throw new Error(`${script}: exit ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(async () => {
  const config = {
    "semesterhub:platform": "local",
    "semesterhub:course": { title: "Names of their own" },
    "semesterhub:proxy": { port, domain: "course.localhost", subdomains: true },
    "semesterhub:networks": { course: "10.12.96.0/20", control: "10.12.4.0/24" },
    "semesterhub:roster": { students: ["ada", "alan"], staff: ["teacher"] },
  };
  writeFileSync(file, stringify({ config }));
  await operate("up", "--yes");
  const outputs = JSON.parse(await operate("outputs", "--json", "--show-secrets")) as Outputs;
  ({ password } = outputs);
  expect(outputs.url).toBe(hub);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await operate("reset", "--confirm", stack);
  rmSync(file, { force: true });
});

async function open(name: string): Promise<Page> {
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, `${hub}/hub/spawn`, name, password);
  await page.waitForURL(`${serverOf(name)}/**`);
  await page.locator("#jp-main-dock-panel").waitFor();
  return page;
}

/** What a page of somebody's own server is answered when it asks as JupyterLab does. */
function ownContents(page: Page, name: string): Promise<number> {
  return page.evaluate(
    async (url) => {
      const token = /(?:^|; )_xsrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
      return (await fetch(url, { headers: { "X-XSRFToken": token } })).status;
    },
    `${serverOf(name)}/api/contents`,
  );
}

test("each server is at a name of its own, and works there", async () => {
  const page = await open("ada");
  expect(await ownContents(page, "ada")).toBe(200);
});

test("a page at one student's name reads nothing of who looks at it, and does nothing in their name", async () => {
  const own = await open("alan");
  // What alan's own pages can do: or the other answers would prove nothing.
  expect(await ownContents(own, "alan")).toBe(200);
  // In the same browser he follows a link to ada's server. What its pages run, runs there.
  const page = await own.context().newPage();
  const evil = `${serverOf("ada")}/page.html`;
  // A student's own server answers whatever its student wants.
  const answer = { contentType: "text/html", body: "<!doctype html><title>ada's</title>" };
  await page.route(evil, (route) => route.fulfill(answer));
  await page.goto(evil);
  expect(new URL(page.url()).hostname).toBe("ada.course.localhost");
  const tried = await page.evaluate(
    async ({ theirs, hubUrl }) => {
      const ask = async (url: string, options: RequestInit = {}): Promise<string> => {
        try {
          const answer = await fetch(url, { credentials: "include", ...options });
          return `${answer.status} ${answer.type}`;
        } catch {
          return "refused";
        }
      };
      const framed = async (url: string): Promise<string> => {
        const frame = document.createElement("iframe");
        frame.src = url;
        document.body.append(frame);
        await new Promise((resolve) => {
          frame.onload = resolve;
          setTimeout(resolve, 3000);
        });
        try {
          return frame.contentDocument ? "read" : "refused";
        } catch {
          return "refused";
        }
      };
      const json = { "content-type": "application/json" };
      return {
        contents: await ask(`${theirs}/api/contents`),
        file: await ask(`${theirs}/files/README.md`),
        write: await ask(`${theirs}/api/contents/x.txt`, {
          ...{ method: "PUT", headers: json, body: '{"type":"file","format":"text","content":""}' },
        }),
        me: await ask(`${hubUrl}/hub/api/user`),
        token: await ask(`${hubUrl}/hub/api/users/alan/tokens`, {
          ...{ method: "POST", headers: json, body: "{}" },
        }),
        stop: await ask(`${hubUrl}/hub/api/users/alan/server`, { method: "DELETE" }),
        lab: await framed(`${theirs}/lab`),
        home: await framed(`${hubUrl}/hub/home`),
        cookies: /_xsrf|jupyterhub/.test(document.cookie) ? document.cookie : "none",
      };
    },
    { theirs: serverOf("alan"), hubUrl: hub },
  );
  expect(tried).toEqual({
    ...{ contents: "refused", file: "refused", write: "refused" },
    ...{ me: "refused", token: "refused", stop: "refused" },
    ...{ lab: "refused", home: "refused", cookies: "none" },
  });
  // And without asking for an answer, as a form would.
  await page.evaluate(async (url) => {
    const asked = { method: "POST", mode: "no-cors", credentials: "include", body: "{}" } as const;
    await fetch(url, asked).catch(() => undefined);
  }, `${hub}/hub/api/users/alan/tokens`);
  expect(await ownContents(own, "alan")).toBe(200);
});
