// (a) A class starts its servers at once: this spawner and image beside stock's.
import { containers, docker, engineGet, busySeconds } from "./lib/engine";
import type { Bench, Outcome } from "./lib/bench";
import { memory, prefix } from "./lib/names";
import { startOurs } from "./lib/ours";
import type { Hub, Server } from "./lib/side";
import { startStock } from "./lib/stock";
import { storm, type Storm } from "./lib/storm";
import { until } from "../lib/until";
import { median, row } from "./lib/rows";

const targets = { cpu: 0.5, wall: 0.6 };
/** As many at once as our spawner has threads. */
const plainAtOnce = 16;

/** Names of a storm's students: new ones each time, since stock's hub remembers addresses. */
function students(round: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${round}-${String(index).padStart(3, "0")}`);
}

interface Arms {
  readonly ours: Storm[];
  readonly stock: Storm[];
}

/** Storms of both sides in turns: ours and stock, then stock and ours, and so on. */
async function compare(
  bench: Bench,
  what: string,
  { server, count, rounds }: { server: Server; count: number; rounds: number },
): Promise<Arms> {
  const rosters = Array.from({ length: rounds }, (_, r) => students(`${what}${String(r)}`, count));
  const hubs = await bench.step(`hubs for ${count} servers of ${what}`, async () => ({
    ours: await startOurs(bench.images, server, rosters.flat()),
    stock: await startStock(bench.images, server),
  }));
  const arms: Arms = { ours: [], stock: [] };
  for (const [index, names] of rosters.entries()) {
    const order: Hub[] = [hubs.ours, hubs.stock];
    if (index % 2 === 1) order.reverse();
    for (const hub of order) {
      const title = `${count} of ${what}, ${hub.side}, round ${index + 1} of ${rounds}`;
      arms[hub.side].push(await bench.step(title, () => storm(hub, names)));
    }
  }
  return arms;
}

function rowsOf(what: string, { ours, stock }: Arms, goals: { cpu?: number; wall?: number }) {
  const of = (storms: Storm[], pick: (storm: Storm) => number): number => median(storms.map(pick));
  const make = (label: string, pick: (storm: Storm) => number, atMost?: number) =>
    row(`${what}: ${label}`, of(ours, pick), of(stock, pick), {
      unit: "s",
      other: "stock",
      ...(atMost === undefined ? {} : { atMost }),
    });
  return [
    make("CPU of a server's container", (storm) => storm.serverCpu, goals.cpu),
    make("CPU of the machine per server", (storm) => storm.machineCpu, goals.cpu),
    make("until all are ready", (storm) => storm.wall, goals.wall),
    make("until half are ready", (storm) => storm.median),
    row(`${what}: failures`, failures(ours).length, failures(stock).length, {
      unit: "",
      other: "stock",
      none: true,
    }),
  ];
}

function failures(storms: readonly Storm[]): readonly string[] {
  return storms.flatMap((one) => one.failures);
}

/** What Swarm alone needs for as many services of the same image, by its own command. */
async function plain(image: string, count: number): Promise<{ wall: number; machineCpu: number }> {
  const name = `${prefix}-plain`;
  const network = `${prefix}-stock-course`;
  const waiting = students(name, count);
  const busyBefore = busySeconds();
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (let service = waiting.pop(); service !== undefined; service = waiting.pop()) {
      await docker([
        ...["service", "create", "--detach", "--quiet", "--no-resolve-image", "--name", service],
        ...["--endpoint-mode", "dnsrr", "--network", network, "--restart-condition", "none"],
        ...["--limit-memory", String(memory.limit), "--reserve-memory", String(memory.reserved)],
        ...["--limit-cpu", "1", image],
      ]);
    }
  };
  await Promise.all(Array.from({ length: plainAtOnce }, worker));
  const filters = encodeURIComponent(JSON.stringify({ name: [name] }));
  await until(
    "all tasks to run",
    async () => {
      const services = (await engineGet(`/services?status=true&filters=${filters}`)) as {
        ServiceStatus: { RunningTasks: number };
      }[];
      const running = services.filter((service) => service.ServiceStatus.RunningTasks === 1);
      return running.length === count ? true : undefined;
    },
    { seconds: 400 },
  );
  const wall = (performance.now() - started) / 1000;
  const machineCpu = (busySeconds() - busyBefore) / count;
  await docker(["service", "rm", ...students(name, count)]);
  await until(
    "the services' containers to end",
    async () => ((await containers(name)).length === 0 ? true : undefined),
    { seconds: 300 },
  );
  return { wall, machineCpu };
}

/** Runs the storms: `students` with the notebook image, `tiny` with a tiny server in its place. */
export async function spawn(bench: Bench): Promise<Outcome> {
  const { images } = bench;
  const rows: Outcome["rows"][number][] = [];
  const data: Record<string, unknown> = {};
  const notes: string[] = [];
  const count = bench.number("students", 30);
  if (count > 0) {
    const server = { image: images.notebook, stockCommand: "jupyterhub-singleuser" };
    const rounds = bench.number("rounds", 2);
    const arms = await compare(bench, "notebook", { server, count, rounds });
    rows.push(...rowsOf(`${count} notebooks`, arms, targets));
    notes.push(...failures(arms.ours), ...failures(arms.stock));
    data["notebook"] = { count, ...arms };
    await bench.clear();
  }
  const many = bench.number("tiny", 200);
  if (many > 0) {
    const server = { image: images.tools, stockCommand: "" };
    const arms = await compare(bench, "tiny", { server, count: many, rounds: 1 });
    const swarm = await bench.step(`${many} by docker service create`, () =>
      plain(images.tools, many),
    );
    rows.push(...rowsOf(`${many} tiny`, arms, {}));
    const ours = arms.ours[0];
    if (ours !== undefined) {
      const other = "docker service create";
      rows.push(
        row(`${many} tiny: until all are ready`, ours.wall, swarm.wall, { unit: "s", other }),
        row(`${many} tiny: CPU of the machine per server`, ours.machineCpu, swarm.machineCpu, {
          unit: "s",
          other,
        }),
      );
    }
    notes.push(...failures(arms.ours), ...failures(arms.stock));
    data["tiny"] = { count: many, ...arms, swarm };
    await bench.clear();
  }
  return { rows, notes: [...new Set(notes)].slice(0, 10), data };
}
