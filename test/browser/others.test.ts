// What a stranger and a teacher see.
import type { Browser } from "playwright-core";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { Semester } from "../lib/semester";

let semester: Semester;
let browser: Browser;

beforeAll(async () => {
  semester = await Semester.up();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

test("a stranger is refused and told so", async () => {
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, semester.outputs.url, "mallory", semester.outputs.password);
  await page.locator(".login_error").waitFor();
  expect(await page.locator("#username_input").isVisible()).toBe(true);
  await picture(page, "refused");
});

test("a wrong password is refused", async () => {
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, semester.outputs.url, "ada", "not the password");
  expect(await page.locator("#username_input").isVisible()).toBe(true);
});

test("a teacher opens the admin page and sees the students", async () => {
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, `${semester.outputs.url}/hub/admin`, "teacher", semester.outputs.password);
  await page.locator('td:has-text("ada"), [data-testid*="ada"]').first().waitFor();
  await picture(page, "admin");
});
