// A grader's browser at a submission that wants to run script in it. The submission is grace's, which
// test/deploy/assignments.test.ts hands in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { markdownPayloads } from "../lib/payloads";
import { Semester } from "../lib/semester";

let semester: Semester;
let browser: Browser;
let page: Page;
let grading: string;
let submission: string;

beforeAll(async () => {
  semester = await Semester.current();
  grading = `${semester.outputs.url}/services/grading/`;
  browser = await launchBrowser();
  page = await (await openWindow(browser)).newPage();
  page.on("dialog", (dialog) => void dialog.dismiss());
  await logInAt(page, grading, "teacher", semester.outputs.password);
  await page.getByText("Manage Assignments").first().waitFor();
  const answer = await page.request.get(`${grading}formgrader/api/submitted_notebooks/ps1/p1`);
  const found = (await answer.json()) as { id: string; student: string }[];
  submission = found.find(({ student }) => student === "grace")?.id ?? "";
  expect(submission).not.toBe("");
});

afterAll(async () => {
  await browser.close();
});

const pwned = (): Promise<boolean> =>
  page.evaluate(() => (window as { pwned?: unknown }).pwned !== undefined);

test("no script of a submission runs in formgrader, and its own do", async () => {
  await page.goto(`${grading}formgrader/submissions/${submission}/`);
  await page.locator("#notebook").waitFor();
  // The page's own script fills in the score.
  await page.locator(".score").first().waitFor();
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>(".score")?.placeholder !== "",
  );
  await picture(page, "formgrader");
  expect(markdownPayloads.length).toBeGreaterThanOrEqual(12);
  for (const link of await page.locator("#notebook a").all()) {
    expect(await link.getAttribute("href")).not.toContain("javascript");
  }
  expect(await pwned()).toBe(false);
});

test("a page beside the notebook is saved, not shown", async () => {
  const answer = await page.request.get(`${grading}formgrader/submissions/${submission}/evil.html`);
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-disposition"]).toContain("attachment");
  expect(answer.headers()["content-security-policy"]).toContain("sandbox");
});

test("no script of a submission runs in its feedback", async () => {
  const path = join(semester.outputs.storage.path, "course/feedback/grace/ps1/p1.html");
  await page.setContent(readFileSync(path, "utf8"));
  expect(await pwned()).toBe(false);
});

test("formgrader is in no frame of another page", async () => {
  const answer = await page.request.get(`${grading}formgrader/manage_assignments`);
  expect(answer.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
});
