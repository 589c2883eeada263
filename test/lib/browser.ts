import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { makeBrowserNetwork, removeBrowserNetwork } from "./browserNetwork";
import { root } from "./semester";

/** Where tests leave pictures of the pages they saw. */
export const screenshots = join(root, ".semesterhub", "screenshots");

/** Debian's Chromium, without the calls home that this machine may not be able to make. */
export async function launchBrowser(): Promise<Browser> {
  mkdirSync(screenshots, { recursive: true });
  const browser = await chromium.launch({
    executablePath: makeBrowserNetwork(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--crash-dumps-dir=${mkdtempSync(join(tmpdir(), "chromium-"))}`,
    ],
  });
  browser.on("disconnected", removeBrowserNetwork);
  return browser;
}

/** A person's browser window; the stack's own authority counts as trusted. */
export async function openWindow(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  context.setDefaultTimeout(60_000);
  return context;
}

/** Fills in the login form. */
export async function logInAt(
  page: Page,
  url: string,
  name: string,
  password: string,
): Promise<void> {
  await page.goto(url);
  await page.locator("#username_input").fill(name);
  await page.locator("#password_input").fill(password);
  await page.locator("#login_submit").click();
}

/** Keeps a picture of the page, for people. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
