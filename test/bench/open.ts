// (c) From pressing Start to a usable JupyterLab, in a browser.
import { networkInterfaces } from "node:os";
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

/** Where the browser, which has a network of its own, reaches this computer. */
function address(): string {
  const found = networkInterfaces()["sh-browser"]?.find(({ family }) => family === "IPv4");
  if (found === undefined) throw new Error("the browser's network has no address here");
  return found.address;
}

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

/** Presses Start in a new window and returns the seconds until JupyterLab's launcher is there. */
async function press(browser: Browser, place: Place, name: string): Promise<number> {
  const window = await openWindow(browser);
  const page = await window.newPage();
  try {
    await logInAt(page, `${place.origin}/hub/login?next=%2Fhub%2Fhome`, name, place.password);
    const start = page.locator("#start");
    await start.waitFor();
    const started = performance.now();
    await start.click();
    await page.locator(launcher).first().waitFor();
    return (performance.now() - started) / 1000;
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
  const browser = await launchBrowser();
  try {
    return await measure(bench, browser);
  } finally {
    await browser.close();
  }
}

async function measure(bench: Bench, browser: Browser): Promise<Outcome> {
  const { images } = bench;
  const rounds = bench.number("rounds", 3);
  // A new name each time: stock's hub remembers the address of a server that was stopped.
  const names = Array.from({ length: rounds + 1 }, (_, round) => `browser-${round}`);
  const server = { image: images.notebook, stockCommand: "jupyterhub-singleuser" };
  const stack = bench.text("stack");
  const host = address();
  const places = await bench.step("hubs", async () => ({
    ours:
      stack === undefined
        ? await startOurs(images, server, names, { nginx: true, host })
        : await running(stack),
    stock: await startStock(images, server, { host }),
  }));
  const seconds: Record<"ours" | "stock", number[]> = { ours: [], stock: [] };
  // The first of each warms the browser and the machine's caches, and is not counted.
  for (const [round, name] of names.entries()) {
    for (const side of ["ours", "stock"] as const) {
      const title = `${side}, ${round === 0 ? "to warm up" : `round ${round} of ${rounds}`}`;
      const who = side === "ours" && stack !== undefined ? student : name;
      await stop(places[side], who);
      const took = await bench.step(title, () => press(browser, places[side], who));
      if (round > 0) seconds[side].push(took);
      await stop(places[side], who);
    }
  }
  const ours = stack === undefined ? "nginx, chp, hub and firewall of this run" : `stack ${stack}`;
  return {
    rows: [
      row("from Start to JupyterLab", median(seconds.ours), median(seconds.stock), {
        unit: "s",
        other: "stock",
      }),
    ],
    notes: [`ours: ${ours}; stock: chp and hub, no nginx; empty browser caches`],
    data: seconds,
  };
}
