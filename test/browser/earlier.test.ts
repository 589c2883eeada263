// A student spoils a notebook, and takes an earlier version of it back without anybody's help.
import type { Browser, Page } from "playwright-core";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { operator, Semester } from "../lib/semester";
import { until } from "../lib/until";

const name = `essay-${Date.now().toString(36)}`;
const file = `${name}.txt`;

let semester: Semester;
let browser: Browser;
let page: Page;
let ada: ReturnType<Semester["user"]>;
let alan: ReturnType<Semester["user"]>;

beforeAll(async () => {
  semester = await Semester.up();
  browser = await launchBrowser();
  [ada, alan] = [semester.user("ada"), semester.user("alan")];
  for (const one of [ada, alan]) {
    expect(await one.logIn()).toBe(true);
    await one.start();
    await one.enter();
  }
});

afterAll(async () => {
  await browser.close();
  for (const one of [ada, alan]) await one.stop();
});

/** Saves the file, as JupyterLab does. */
async function save(content: string): Promise<void> {
  const body = JSON.stringify({ type: "file", format: "text", content });
  const answer = await ada.serverApi(`/contents/${file}`, { method: "PUT", body });
  expect([200, 201]).toContain(answer.status);
}

interface Listing {
  readonly waiting?: unknown;
  readonly message?: string;
  readonly states?: readonly { readonly backup: string }[];
}

/** What a server answers that is asked as its page asks. */
async function ask(who: typeof ada, request: Record<string, string>): Promise<Listing> {
  const base = `/user/${who.name}/`;
  const answer = await who.session.ask(`${base}semesterhub/earlier`, {
    method: "POST",
    headers: { "x-xsrftoken": who.session.cookie("_xsrf", base) ?? "" },
    body: JSON.stringify(request),
  });
  return JSON.parse(answer.text) as Listing;
}

test("a version that was spoiled is put beside the present one in less than a minute", async () => {
  await save("three weeks of work");
  await operator("backup");
  await save("spoiled");
  await operator("backup");
  await until("both in the list", async () => {
    const { states } = await ask(ada, { do: "list", path: file });
    return states?.length === 2 ? true : undefined;
  });
  page = await (await openWindow(browser, { timezoneId: "Europe/Berlin" })).newPage();
  await logInAt(page, `${semester.outputs.url}/user/ada/lab`, "ada", semester.outputs.password);
  const began = Date.now();
  await page.locator(`.jp-DirListing-itemName:has-text("${file}")`).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Earlier Versions…", exact: true }).click();
  const list = page.getByLabel(`Earlier versions of ${file}`);
  await list.locator("option").nth(1).waitFor({ state: "attached" });
  // Several lines of it are seen at once.
  await until("the list to be tall", async () =>
    ((await list.boundingBox())?.height ?? 0) > 150 ? true : undefined,
  );
  await picture(page, "earlier-versions");
  // By keyboard from here on: the list has the focus, and Enter is its button's.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const beside = page.locator(".jp-DirListing-itemName").filter({
    hasText: new RegExp(`^${name} \\(\\d{4}-\\d\\d-\\d\\d \\d\\d\\.\\d\\d\\)\\.txt$`),
  });
  await beside.waitFor();
  process.stdout.write(`Beside after ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  expect(Date.now() - began).toBeLessThan(60_000);
  await picture(page, "earlier-beside");
  const found = await beside.innerText();
  const read = async (path: string) => (await ada.serverApi(`/contents/${path}`)).text;
  expect(await read(encodeURIComponent(found))).toContain("three weeks of work");
  expect(await read(file)).toContain("spoiled");
});

test("a file that was deleted is offered by its folder", async () => {
  expect((await ada.serverApi(`/contents/${file}`, { method: "DELETE" })).status).toBe(204);
  await page.keyboard.press("Control+Shift+c");
  await page.keyboard.type("Earlier Versions of This Folder");
  await page.keyboard.press("Enter");
  const list = page.getByLabel("Earlier versions of your files");
  const value = await list.locator(`option:has-text("${file}")`).getAttribute("value");
  await list.selectOption(value);
  await page.getByRole("button", { name: "Put Beside" }).click();
  await until("it is there", async () => {
    const { status, text } = await ada.serverApi(`/contents/${file}`);
    return status === 200 && text.includes("spoiled") ? true : undefined;
  });
});

test("nobody gets another's", async () => {
  const [newest] = (await ask(ada, { do: "list", path: file })).states ?? [];
  expect((await ask(alan, { do: "list", path: file })).states).toEqual([]);
  const wish = { do: "restore", backup: newest?.backup ?? "", name: "mine.txt" };
  for (const path of [file, `../ada/${file}`]) {
    expect((await ask(alan, { ...wish, path })).message).toMatch(
      /does not have it|not in your home/,
    );
  }
});
