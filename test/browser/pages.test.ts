// The course's pages as people and screen readers meet them: light, dark and on a phone.
import { readFileSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { operator, Semester, tryOperator, testStack } from "../lib/semester";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  phone: { colorScheme: "light", viewport: { width: 360, height: 740 } },
};

let semester: Semester;
let browser: Browser;

beforeAll(async () => {
  semester = await Semester.up();
  browser = await launchBrowser();
});

afterAll(async () => {
  await operator("announce", "--clear");
  await browser.close();
});

/** What axe finds that keeps somebody out, and whether the page is wider than its window. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Violation {
      readonly impact: string;
      readonly id: string;
      readonly nodes: readonly { readonly target: readonly string[] }[];
    }
    const { axe: tool } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: Violation[] }> };
    };
    const found = (await tool.run()).violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [...found, `${scrollWidth} wide`] : found;
  });
}

describe.each(Object.entries(looks))("%s", (look, options) => {
  test.each([
    ["-", "/hub/login"],
    ["-", "/hub/nothing-here"],
    ["alan", "/hub/home"],
    ["alan", "/hub/token"],
    ["alan", "/hub/course"],
    ["teacher", "/hub/course"],
    ["teacher", "/hub/course?search=nobody"],
  ])("%s reads %s", async (name, path) => {
    const { url, password } = semester.outputs;
    const context = await openWindow(browser, options);
    const page = await context.newPage();
    if (name === "-") await page.goto(`${url}${path}`);
    else await logInAt(page, `${url}${path}`, name, password);
    await page.getByRole("main").waitFor();
    await page.getByText("Questions? Ask").waitFor();
    await picture(page, `page-${name}${path.replace(/\W+/g, "-")}-${look}`);
    expect(await faults(page)).toEqual([]);
    await context.close();
  });
});

test("the sign-in page is used by keyboard alone", async () => {
  const { url, password } = semester.outputs;
  const page = await (await openWindow(browser)).newPage();
  await page.goto(`${url}/hub/login?next=%2Fhub%2Fhome`);
  await page.locator("#username_input:focus").waitFor();
  await page.keyboard.type("alan");
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForURL("**/hub/home");
  await page.keyboard.press("Tab");
  await page.getByText("Skip to the content").waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
    "Skip to the content",
  );
});

test("an announcement is on the hub's pages at once and in JupyterLab within a minute, as text", async () => {
  const { url, password } = semester.outputs;
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, `${url}/hub/user-redirect/lab`, "ada", password);
  await page.locator("#jp-main-dock-panel").waitFor();
  const text = "The exam is <b>on Monday</b> & nowhere else.";
  await operator("announce", text);
  const said = Date.now();
  const box = page.locator("#semesterhub-news");
  await box.getByText(text).waitFor({ timeout: 60_000 });
  process.stdout.write(`In JupyterLab after ${((Date.now() - said) / 1000).toFixed(1)} s\n`);
  await picture(page, "announcement-lab");
  expect(await box.locator("b").count()).toBe(0);
  const login = await (await openWindow(browser)).newPage();
  await login.goto(`${url}/hub/login`);
  expect(await login.locator("#news").innerText()).toBe(text);

  // Who dismissed it does not see it again; one that is taken down goes by itself.
  await box.getByRole("button", { name: "Dismiss" }).click();
  await page.reload();
  await page.locator("#jp-main-dock-panel").waitFor();
  await operator("announce", "Another one");
  await box.getByText("Another one").waitFor({ timeout: 60_000 });
  await operator("announce", "--clear");
  await box.waitFor({ state: "detached", timeout: 60_000 });
});

test("staff see what servers use, and stop one", async () => {
  const { url, password } = semester.outputs;
  const page = await (await openWindow(browser)).newPage();
  await logInAt(page, `${url}/hub/course?search=ada`, "teacher", password);
  const row = page.locator("#servers tr", { hasText: "ada" });
  await row.getByText(/^\d+ MB$/).waitFor();
  await picture(page, "course-usage");
  await row.getByRole("button", { name: "Stop the server of ada" }).click();
  await page.locator("#said").getByText("The server of ada is stopped").waitFor();
});

test("staff make a link to a repository, and a student is asked before anything comes", async () => {
  const { url, password } = semester.outputs;
  const staff = await (
    await openWindow(browser, { permissions: ["clipboard-read", "clipboard-write"] })
  ).newPage();
  await logInAt(staff, `${url}/hub/course`, "teacher", password);
  await staff
    .getByRole("textbox", { name: /^Repository/ })
    .fill("https://git.example.edu/ds101/week-1.git");
  await staff.getByLabel("Open", { exact: true }).fill("lectures/one.ipynb");
  await staff.getByRole("button", { name: "Make the link" }).click();
  await staff.getByRole("button", { name: "Copy the link" }).click();
  await staff.getByText("Copied.").waitFor();
  await picture(staff, "git-link");
  expect(await faults(staff)).toEqual([]);
  const link = await staff.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain(`${url}/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgit.example.edu`);

  const student = await (await openWindow(browser)).newPage();
  await logInAt(student, link, "ada", password);
  await student.getByRole("heading", { name: "Get these files?" }).waitFor();
  await picture(student, "git-pull");
  expect(await faults(student)).toEqual([]);
  await student.getByText("Go on without them").click();
  await student.locator("#jp-main-dock-panel").waitFor();
  await student.goto(`${link}&targetpath=.ipython`);
  await student.getByRole("heading", { name: "This link does nothing" }).waitFor();
});

test("a time that has passed and a text that is too long are refused", async () => {
  const past = await tryOperator(testStack, "announce", "x", "--until", "2020-01-01T00:00Z");
  expect([past.code, past.stderr + past.stdout]).toEqual([
    1,
    expect.stringContaining("from now to 366 days on"),
  ]);
  const long = await tryOperator(testStack, "announce", "x".repeat(501));
  expect([long.code, long.stderr + long.stdout]).toEqual([
    1,
    expect.stringContaining("501 letters"),
  ]);
});
