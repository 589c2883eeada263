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
  await page.locator(".login_error").waitFor();
  expect(await page.locator("#username_input").isVisible()).toBe(true);
});

test("a teacher opens the course page, which has what staff may do and nothing else", async () => {
  const page = await (await openWindow(browser)).newPage();
  // JupyterHub's own page, where much was offered and refused, leads there.
  await logInAt(page, `${semester.outputs.url}/hub/admin`, "teacher", semester.outputs.password);
  await page.waitForURL("**/hub/course");
  await page.getByRole("heading", { name: /^On line: \d+ of 3 students and 2 staff$/ }).waitFor();
  for (const label of ["Shutdown Hub", "Add Users", "Access Server", "Spawn Page"]) {
    expect(await page.getByText(label).count()).toBe(0);
  }
  await picture(page, "course");
});

test("a student is told that the course page is not theirs, and whom to ask", async () => {
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, `${semester.outputs.url}/hub/course`, "alan", semester.outputs.password);
  const error = page.locator("#course-error");
  await error.getByText("This page is for the course's staff").waitFor();
  await error.getByText("Ask the course's staff").waitFor();
  expect(await page.getByText("scope").count()).toBe(0);
  await picture(page, "not-staff");
});

test("a teacher grades: Formgrader opens from JupyterLab's menu, in a tab of its own", async () => {
  const { url, password } = semester.outputs;
  const context = await openWindow(browser);
  const page = await context.newPage();
  await logInAt(page, `${url}/hub/user-redirect/lab`, "teacher", password);
  await page.locator('li[role="menuitem"]:has-text("Nbgrader")').click();
  await page.getByRole("menuitem", { name: "Formgrader", exact: true }).click();
  const door = page.frameLocator("#formgrader-iframe iframe");
  await picture(page, "formgrader-door");
  const opened = context.waitForEvent("page");
  await door.getByRole("button", { name: "Open Formgrader" }).click();
  const formgrader = await opened;
  await formgrader.getByText("Manage Assignments").first().waitFor();
  await picture(formgrader, "formgrader");
  // Its links to files name no owner, and still end in the teacher's own server.
  await formgrader.goto(`${url}/tree/`);
  await formgrader.waitForURL("**/user/teacher/tree/**");
});
