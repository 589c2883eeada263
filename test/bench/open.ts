// (c) From pressing Start to a usable JupyterLab, in a browser.
import type { Browser } from "playwright-core";
import { launchBrowser, logInAt, openWindow } from "../lib/browser";
import { HubUser } from "../lib/hubUser";
import { must, root, type Outputs } from "../lib/semester";
import type { Bench, Outcome } from "./lib/bench";
import { startOurs } from "./lib/ours";
import { median, row } from "./lib/rows";
import { startStock } from "./lib/stock";

const launcher = '.jp-LauncherCard:has-text("Python 3")';
/** Of the test stack's roster. */
const student = "grace";

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
  try {
    const page = await window.newPage();
    await logInAt(page, `${place.origin}/hub/login?next=%2Fhub%2Fhome`, name, place.password);
    const start = page.locator("#start");
    await start.waitFor();
    const started = performance.now();
    await start.click();
    await page.locator(launcher).first().waitFor({ timeout: 120_000 });
    return (performance.now() - started) / 1000;
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
  // New names for stock each time: its hub remembers the address of a server that was stopped.
  const names = Array.from({ length: rounds + 1 }, (_, round) => `browser-${round}`);
  const server = { image: images.notebook, stockCommand: "jupyterhub-singleuser" };
  const stack = bench.text("stack");
  const places = await bench.step("hubs", async () => ({
    ours:
      stack === undefined
        ? await startOurs(images, server, names, { nginx: true })
        : await running(stack),
    stock: await startStock(images, server),
  }));
  const ourName = (index: number): string => (stack === undefined ? (names[index] ?? "") : student);
  const browser = await launchBrowser();
  const seconds: Record<"ours" | "stock", number[]> = { ours: [], stock: [] };
  try {
    // The first of each warms the browser and the machine's caches, and is not counted.
    for (const [index, name] of names.entries()) {
      for (const side of ["ours", "stock"] as const) {
        const who = side === "ours" ? ourName(index) : name;
        const title = `${side}, ${index === 0 ? "to warm up" : `round ${index} of ${rounds}`}`;
        if (side === "ours" && stack !== undefined) await stop(places.ours, who);
        const took = await bench.step(title, () => press(browser, places[side], who));
        if (index > 0) seconds[side].push(took);
        await stop(places[side], who);
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
    ],
    data: seconds,
  };
}
