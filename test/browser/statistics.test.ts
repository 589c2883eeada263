// The statistics of a simulated term: 220 people, 15 weeks, two deadlines.
import { readFileSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchBrowser, picture } from "../lib/browser";
import { startStatistics, type StatisticsBed } from "../lib/statisticsBed";

let bed: StatisticsBed;
let browser: Browser;
/** What the browser complained of, such as the page's policy. */
const complaints: string[] = [];

beforeAll(async () => {
  bed = await startStatistics();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await bed.stop();
});

afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
});

/** Opens the page as somebody. */
async function open(who: string, options: BrowserContextOptions = {}): Promise<Page> {
  bed.who = who;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  await page.goto(bed.url);
  return page;
}

/** How many different colours a plot's canvas has: an empty one has one. */
async function colours(page: Page, plot: string): Promise<number> {
  return page
    .locator(`${plot} canvas`)
    .first()
    .evaluate((element) => {
      const canvas = element as unknown as {
        width: number;
        height: number;
        getContext(kind: string): {
          getImageData(...place: number[]): { data: Uint8ClampedArray };
        };
      };
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = new Set<string>();
      for (let at = 0; at < data.length; at += 4) found.add(data.slice(at, at + 3).join());
      return found.size;
    });
}

test("staff see every plot, drawn, with a table that has its numbers", async () => {
  const page = await open("teacher");
  for (const plot of ["online", "times", "starts", "memory", "disk", "night", "rehearsal"]) {
    await page.locator(`[data-plot=${plot}] canvas`).first().waitFor();
    expect(await colours(page, `[data-plot=${plot}]`)).toBeGreaterThan(5);
  }
  expect(await page.locator("[data-plot=night]").count()).toBe(2);
  const tables = page.locator("details:has(table)");
  expect(await tables.count()).toBe(5);
  // 15 weeks, of which the first or the last may be a part
  expect(await page.locator(".heat tbody tr").count()).toBeGreaterThanOrEqual(15);
  expect(await page.locator(".heat tbody tr").first().locator("td").count()).toBe(24);
  await page.getByRole("rowheader", { name: "the machines were full" }).waitFor();
  await picture(page, "statistics");
  await page.screenshot({ path: ".semesterhub/screenshots/statistics-whole.png", fullPage: true });
});

test("it is readable in the dark and on a phone, where nothing but the heat map scrolls sideways", async () => {
  const dark = await open("teacher", { colorScheme: "dark" });
  await dark.locator("[data-plot=online] canvas").waitFor();
  const paper = await dark.evaluate("getComputedStyle(document.body).backgroundColor");
  expect(paper).toBe("rgb(22, 24, 28)");
  await picture(dark, "statistics-dark");
  const phone = await open("teacher", { viewport: { width: 390, height: 844 } });
  await phone.locator("[data-plot=online] canvas").waitFor();
  expect(await phone.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  await picture(phone, "statistics-phone");
});

test("by keyboard, a plot's table opens", async () => {
  const page = await open("teacher");
  const summary = page.getByText("Table: people on line, day by day");
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("columnheader", { name: "Most on line" }).waitFor();
  const peak = page.locator("section[aria-labelledby=online] details tbody td").first();
  expect(Number(await peak.textContent())).toBeGreaterThan(0);
});

test("CSV and SQLite are downloaded, and come whole", async () => {
  const page = await open("teacher");
  for (const [name, begins] of [
    ["people.csv", "person,sessions,hours_on_line"],
    ["statistics.sqlite", "SQLite format 3"],
  ] as const) {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name, exact: true }).click();
    const content = readFileSync(await (await download).path(), "latin1");
    expect(content.startsWith(begins)).toBe(true);
    if (name === "people.csv") expect(content.trim().split("\r\n")).toHaveLength(221);
  }
});

test("a student sees their own hours, and no name but their own", async () => {
  const page = await open("student-0007");
  await page.getByRole("heading", { name: "What is recorded of student-0007" }).waitFor();
  await page.locator("[data-plot=mine] canvas").waitFor();
  expect(await page.locator("section[aria-labelledby=sessions] tbody tr").count()).toBeGreaterThan(
    0,
  );
  const others = (await page.content()).match(/student-\d{4}/g) ?? [];
  expect(new Set(others)).toEqual(new Set(["student-0007"]));
  await picture(page, "statistics-mine");
});
