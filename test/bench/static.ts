// (b) JupyterLab's static files: through our nginx, a bare nginx, and chp with Jupyter behind it.
import { join } from "node:path";
import { root } from "../lib/semester";
import type { Bench, Outcome } from "./lib/bench";
import { container, cpuOf, docker, dockerLines } from "./lib/engine";
import { prefix } from "./lib/names";
import { startOurs } from "./lib/ours";
import { median, row } from "./lib/rows";

const student = "bench-student";
/** How many files are asked for in turns, of all those that JupyterLab has. */
const files = 40;
const tools = join(root, "test", "bench", "tools");

/** A way to the files. */
interface Way {
  readonly name: string;
  /** The container in whose network wrk runs, so that nothing lies between. */
  readonly inside: string;
  readonly address: string;
  /** The containers that do the work. */
  readonly workers: readonly string[];
  readonly connections: number;
}

interface Run {
  readonly perSecond: number;
  /** CPU seconds of the workers for one request. */
  readonly cpu: number;
}

/** Runs wrk for some seconds; an answer that is not 200 is an error. */
async function measure(image: string, way: Way, paths: readonly string[], seconds: number) {
  const before = await cpuOf(way.workers);
  const text = await docker([
    ...["run", "--rm", "--name", `${prefix}-wrk`, "--network", `container:${way.inside}`],
    ...["--volume", `${tools}:/tools:ro`, image],
    ...["wrk", "--threads", "1", "--connections", String(way.connections)],
    ...["--duration", `${seconds}s`, "--timeout", "10s", "--script", "/tools/wrk.lua"],
    ...[way.address, "--", ...paths],
  ]);
  const used = (await cpuOf(way.workers)) - before;
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  if (/Non-2xx|Socket errors/.test(text) || !(requests > 0)) throw new Error(text);
  return { perSecond, cpu: used / requests };
}

/** Our nginx, a bare one and chp, each with its container. */
async function ways(bench: Bench): Promise<Way[]> {
  const hub = await startOurs(
    bench.images,
    { image: bench.images.notebook, stockCommand: "" },
    [student],
    { nginx: true },
  );
  const user = hub.user(student);
  if (!(await user.logIn())) throw new Error("the student could not log in");
  await user.start();
  const [proxy, chp, server] = await Promise.all(
    [`${prefix}-ours-proxy`, `${prefix}-ours-chp`, hub.students].map(container),
  );
  if (proxy === undefined || chp === undefined || server === undefined) throw new Error("gone");
  const mounted = await docker([
    ...["inspect", "--format", "{{range .Mounts}}{{.Source}}{{end}}"],
    `${prefix}-ours-proxy`,
  ]);
  const bare = `${prefix}-bare-nginx`;
  const bareId = await docker([
    ...["run", "--detach", "--name", bare, "--network", "none", "--read-only"],
    ...["--tmpfs", "/tmp", "--volume", `${mounted}:/etc/semesterhub:ro`],
    ...["--volume", `${tools}:/tools:ro`, bench.images.proxy],
    ...["nginx", "-e", "stderr", "-c", "/tools/nginx.conf", "-g", "daemon off;"],
  ]);
  const nginx = { address: "https://127.0.0.1:8443", connections: 16 };
  return [
    { name: "ours", inside: proxy, workers: [proxy], ...nginx },
    { name: "bare nginx", inside: bareId, workers: [bareId], ...nginx },
    {
      name: "chp and Jupyter",
      inside: chp,
      address: "https://127.0.0.1:8000",
      workers: [chp, server],
      connections: 16,
    },
  ];
}

/** Some of JupyterLab's own files, large and small, as they are below static/. */
async function someFiles(): Promise<string[]> {
  const all = await dockerLines(
    ...["exec", `${prefix}-ours-proxy`, "find", "/srv/static/notebook/static/lab"],
    ...["-maxdepth", "1", "-type", "f", "-name", "*.js"],
  );
  const names = all.map((path) => path.replace("/srv/static/notebook/", "")).sort();
  const every = Math.max(1, Math.floor(names.length / files));
  return names.filter((_, index) => index % every === 0).slice(0, files);
}

/** Measures the three in turns. */
export async function staticFiles(bench: Bench): Promise<Outcome> {
  const all = await bench.step("hub, nginx and a student's server", () => ways(bench));
  const names = await someFiles();
  const seconds = bench.number("seconds", 6);
  const rounds = bench.number("rounds", 3);
  const runs = new Map<string, Run[]>(all.map((way) => [way.name, []]));
  const { tools: image } = bench.images;
  for (const way of all) {
    const title = `warm: ${way.name}`;
    await bench.step(title, () => measure(image, way, paths(way, names), 2));
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const way of all) {
      const title = `${way.name}, round ${round} of ${rounds}`;
      const run = await bench.step(title, () => measure(image, way, paths(way, names), seconds));
      runs.get(way.name)?.push(run);
    }
  }
  const of = (name: string, pick: (run: Run) => number): number =>
    median((runs.get(name) ?? []).map(pick));
  const compare = (other: string, atLeast: number) => [
    row(
      "requests a second",
      of("ours", (run) => run.perSecond),
      of(other, (run) => run.perSecond),
      { unit: "/s", other, atLeast },
    ),
    row(
      "CPU for a request",
      of("ours", (run) => run.cpu * 1e6),
      of(other, (run) => run.cpu * 1e6),
      { unit: "µs", other },
    ),
  ];
  return {
    rows: [...compare("bare nginx", 0.9), ...compare("chp and Jupyter", 10)],
    notes: [`${names.length} of JupyterLab's files in turns, over TLS, gzip accepted`],
    data: { files: names.length, seconds, runs: Object.fromEntries(runs) },
  };
}

/** The bare nginx has the tree at its root. */
function paths(way: Way, names: readonly string[]): string[] {
  return names.map((name) => (way.name === "bare nginx" ? `/${name}` : `/user/${student}/${name}`));
}
