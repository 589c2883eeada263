// Whether a script of a student's ran in somebody else's browser (lib/payloads has the scripts).
import type { BrowserContext, Page } from "playwright-core";

/** What ran or was asked for in a window though a student wrote it. */
export class Watch {
  readonly seen: string[] = [];

  constructor(window: BrowserContext) {
    window.on("request", (request) => {
      if (request.url().includes("/pwned-")) this.seen.push(request.url());
    });
    window.on("dialog", (dialog) => {
      this.seen.push(dialog.message());
      void dialog.dismiss();
    });
  }

  /** Follows what there is to click, then tells what was seen. */
  async after(page: Page): Promise<string[]> {
    for (const link of await page
      .locator("a, button, summary", { hasText: /^(click|more)$/ })
      .all()) {
      await link.click({ noWaitAfter: true, timeout: 5000, modifiers: [] }).catch(() => undefined);
    }
    await page.waitForLoadState("networkidle");
    for (const frame of page.frames()) {
      const left = await frame
        .evaluate("String(window.pwned || top.pwned || '') || undefined")
        .catch(() => undefined);
      if (typeof left === "string") this.seen.push(left);
    }
    return this.seen;
  }
}
