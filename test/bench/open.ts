// (c) From pressing Start to a usable JupyterLab, in a browser.
import type { Browser } from "playwright-core";
import { launchBrowser, logInAt, openWindow, picture } from "../lib/browser";
import { HubUser } from "../lib/hubUser";
import { must, root, type Outputs } from "../lib/semester";
import type { Bench, Outcome } from "./lib/bench";
import { startOurs } from "./lib/ours";
import { median, row } from "./lib/rows";
import { startStock } from "./lib/stock";

const launcher = '.jp-LauncherCard:has-text("Python 3")';
/** Of the test stack's roster. */
const student = "grace";

/** How often a measurement is tried, at most, on average. */
const tries = 4;

/** Somewhere to press Start. */
interface Place {
  readonly origin: string;
  readonly authority: string;
  readonly password: string;
}

/** A stack that runs, from its outputs. */
async function running(stack: string): Promise<Place> {
  const script = `${root}/scripts/outputs.mjs`;
  const words = ["--stack", stack, "--json", "--show-secrets"];
  const { stdout } = await must(process.execPath, [script, ...words]);
  const outputs = JSON.parse(stdout) as Outputs;
  return {
    origin: outputs.url,
    authority: outputs.certificateAuthority,
    password: outputs.password,
  };
}

/**
 * Chromium drops what it is loading when an address appears on the computer, as a new container's
 * does. Where browser and engine share a computer that happens in the middle of a measurement.
 */
const dropped = "net::ERR_NETWORK_CHANGED";

/**
 * Presses Start in a new window and returns the seconds until JupyterLab's launcher is there;
 * undefined if Chromium dropped a request.
 */
async function press(browser: Browser, place: Place, name: string): Promise<number | undefined> {
  const window = await openWindow(browser);
  const page = await window.newPage();
  try {
    await logInAt(page, `${place.origin}/hub/login?next=%2Fhub%2Fhome`, name, place.password);
    const start = page.locator("#start");
    await start.waitFor();
    const interrupted = new Promise<false>((resolve) => {
      page.on("requestfailed", (request) => {
        if (request.failure()?.errorText === dropped) resolve(false);
      });
    });
    const started = performance.now();
    await start.click();
    const opened = page.locator(launcher).first().waitFor({ timeout: 60_000 });
    const there = opened.then(() => true);
    there.catch(() => undefined);
    return (await Promise.race([there, interrupted]))
      ? (performance.now() - started) / 1000
      : undefined;
  } catch (error) {
    await picture(page, `bench-open-${name}`);
    throw error;
  } finally {
    await window.close();
  }
}

async function stop(place: Place, name: string): Promise<void> {
  const user = new HubUser(place.origin, place.authority, name, place.password);
  if (!(await user.logIn())) throw new Error(`${name} could not log in`);
  if ((await user.server()) !== undefined) await user.stop();
}

/** Measures both sides in turns. */
export async function open(bench: Bench): Promise<Outcome> {
  const { images } = bench;
  const rounds = bench.number("rounds", 3);
  // A new name each time: stock's hub remembers the address of a server that was stopped.
  const names = Array.from({ length: (rounds + 1) * tries }, (_, index) => `browser-${index}`);
  const server = { image: images.notebook, stockCommand: "jupyterhub-singleuser" };
  const stack = bench.text("stack");
  const places = await bench.step("hubs", async () => ({
    ours:
      stack === undefined
        ? await startOurs(images, server, names, { nginx: true })
        : await running(stack),
    stock: await startStock(images, server),
  }));
  const left = { ours: stack === undefined ? [...names] : names.map(() => student), stock: names };
  const browser = await launchBrowser();
  const seconds: Record<"ours" | "stock", number[]> = { ours: [], stock: [] };
  let repeated = 0;
  const once = async (side: "ours" | "stock"): Promise<number> => {
    for (let name = left[side].pop(); name !== undefined; name = left[side].pop()) {
      if (side === "ours" && stack !== undefined) await stop(places.ours, name);
      const took = await press(browser, places[side], name);
      await stop(places[side], name);
      if (took !== undefined) return took;
      repeated += 1;
    }
    throw new Error(`Chromium drops requests again and again (${dropped})`);
  };
  try {
    // The first of each warms the browser and the machine's caches, and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      for (const side of ["ours", "stock"] as const) {
        const title = `${side}, ${round === 0 ? "to warm up" : `round ${round} of ${rounds}`}`;
        const took = await bench.step(title, () => once(side));
        if (round > 0) seconds[side].push(took);
      }
    }
  } finally {
    await browser.close();
  }
  return {
    rows: [
      row("from Start to JupyterLab", median(seconds.ours), median(seconds.stock), {
        unit: "s",
        other: "stock",
      }),
    ],
    notes: [
      `ours: ${stack === undefined ? "nginx, chp, hub and firewall of this run" : `the stack ${stack}`}; stock: chp and hub, no nginx; empty browser caches`,
      `${repeated} measurements repeated, because Chromium dropped a request as a container started`,
    ],
    data: { ...seconds, repeated },
  };
}
