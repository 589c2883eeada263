// A student's day, in a browser.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { Semester } from "../lib/semester";
import { until } from "../lib/until";

let semester: Semester;
let browser: Browser;
let window: BrowserContext;
let page: Page;

/** Each step of the day needs the one before: after a failed one the others are not tried. */
let failed: string | undefined;

/** A step of the day. When it fails, a picture of the page it saw is kept. */
function step(name: string, act: () => Promise<void>): void {
  test(name, async () => {
    if (failed !== undefined) throw new Error(`not tried, because "${failed}" failed`);
    try {
      await act();
    } catch (error) {
      failed = name;
      await picture(page, `failed-${name.replace(/\W+/g, "-")}`);
      throw error;
    }
  });
}

/** Ada's server is stopped. */
async function stopServer(): Promise<void> {
  const ada = semester.user("ada");
  await ada.logIn();
  if ((await ada.server()) !== undefined) await ada.stop();
}

beforeAll(async () => {
  semester = await Semester.up();
  // A first day: nothing of an earlier run's is there.
  await stopServer();
  rmSync(join(semester.outputs.storage.path, "homes", "ada"), { recursive: true, force: true });
  browser = await launchBrowser();
  window = await openWindow(browser);
  page = await window.newPage();
});

afterAll(async () => {
  await browser.close();
  await stopServer();
});

const launcher = (name: string): string => `.jp-LauncherCard:has-text("${name}")`;

/** Waits for JupyterLab with its launcher. */
async function labIsThere(): Promise<void> {
  await page.locator(launcher("Python 3")).first().waitFor();
}

/** The names in the file browser. */
async function fileNames(): Promise<string[]> {
  return page.locator(".jp-DirListing-itemName").allTextContents();
}

step("logs in and JupyterLab opens", async () => {
  await page.goto(semester.outputs.url);
  await page.locator("#username_input").waitFor();
  await picture(page, "login");
  await logInAt(page, semester.outputs.url, "ada", semester.outputs.password);
  await labIsThere();
  await picture(page, "lab");
});

step("runs a cell and saves the notebook", async () => {
  await page.locator(launcher("Python 3")).first().click();
  const cell = page.locator(".jp-Notebook .jp-CodeCell .cm-content").first();
  // What is run before the kernel is there, JupyterLab drops: no hand is as fast as this one.
  await page.getByText("Python 3 (ipykernel) | Idle").waitFor();
  await cell.click();
  await page.keyboard.type("import numpy; print(numpy.arange(10).sum())");
  await page.keyboard.press("Shift+Enter");
  await page.locator('.jp-OutputArea-output:has-text("45")').waitFor();
  await page.keyboard.press("Control+s");
  const rename = page.locator('.jp-Dialog button:has-text("Rename")');
  await rename.waitFor();
  await page
    .locator(".jp-Dialog input.jp-mod-styled:not([type=checkbox])")
    .first()
    .fill("homework.ipynb");
  await rename.click();
  await until("homework.ipynb", async () =>
    (await fileNames()).includes("homework.ipynb") ? true : undefined,
  );
  await picture(page, "notebook");
});

step("uploads a file of 40 MB", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "upload-")), "data.bin");
  writeFileSync(file, randomBytes(40 * 1024 * 1024));
  const chooser = page.waitForEvent("filechooser");
  await page.locator('.jp-FileBrowser-toolbar [title^="Upload"]').first().click();
  await (await chooser).setFiles(file);
  const confirm = page.locator('.jp-Dialog button:has-text("Upload")');
  await confirm.waitFor();
  await confirm.click();
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.enter();
  await until("the whole upload", async () => {
    const answer = await ada.serverApi("/contents/data.bin?content=0");
    if (answer.status !== 200) return undefined;
    return (JSON.parse(answer.text) as { size: number }).size === 40 * 1024 * 1024
      ? true
      : undefined;
  });
});

step("opens a terminal and writes a file there", async () => {
  await page.keyboard.press("Control+Shift+l");
  await page.locator(launcher("Terminal")).last().click();
  await page.locator(".jp-Terminal .xterm-screen").waitFor();
  await page.locator(".jp-Terminal").click();
  const ada = semester.user("ada");
  await ada.logIn();
  await ada.enter();
  await page.keyboard.type("echo $((6*7)) > from-terminal.txt");
  await page.keyboard.press("Enter");
  await until("the terminal's file", async () => {
    const answer = await ada.serverApi("/contents/from-terminal.txt");
    return answer.status === 200 && answer.text.includes("42") ? true : undefined;
  });
  await picture(page, "terminal");
});

step("logs out, and finds the files after the server was stopped", async () => {
  await page.goto(`${semester.outputs.url}/hub/logout`);
  await page.goto(`${semester.outputs.url}/user/ada/lab`);
  await page.locator("#username_input").waitFor();
  await stopServer();
  await logInAt(page, semester.outputs.url, "ada", semester.outputs.password);
  await page.locator(".jp-DirListing-itemName").first().waitFor();
  await until("yesterday's files", async () => {
    const names = await fileNames();
    return ["homework.ipynb", "data.bin", "from-terminal.txt"].every((n) => names.includes(n))
      ? true
      : undefined;
  });
});
