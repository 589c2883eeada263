// Many students press Start at the same moment, through the REST API.
import type { HubUser } from "../../lib/hubUser";
import { until } from "../../lib/until";
import { busySeconds, containers, cpuOf } from "./engine";
import type { Hub } from "./side";

/** What a storm cost; the CPU seconds are per server. */
export interface Storm {
  readonly failures: readonly string[];
  /** Seconds until the last server was ready. */
  readonly wall: number;
  /** Seconds until half of them were. */
  readonly median: number;
  /** CPU seconds of the servers' own containers. */
  readonly serverCpu: number;
  /** CPU seconds of the whole machine: servers, hub, engine, and whatever else runs. */
  readonly machineCpu: number;
}

/** Longer than the hubs' own limit, so that they say what went wrong. */
const patienceMs = 400_000;

async function startOne(user: HubUser): Promise<number> {
  const started = performance.now();
  const asked = { timeout: patienceMs };
  const answer = await user.api(`/users/${user.name}/server`, { method: "POST", ...asked });
  if (answer.status === 202) {
    const progress = await user.api(`/users/${user.name}/server/progress`, asked);
    const last = progress.text.trim().split("\n").pop() ?? "";
    if (!last.includes('"ready": true')) throw new Error(`${user.name}: ${last}`);
  } else if (answer.status !== 201) {
    throw new Error(`${user.name}: ${answer.status} ${answer.text}`);
  }
  return (performance.now() - started) / 1000;
}

/** Logs everybody in, before anything is measured. */
async function logIn(users: readonly HubUser[]): Promise<void> {
  const waiting = [...users];
  const worker = async (): Promise<void> => {
    for (let user = waiting.pop(); user !== undefined; user = waiting.pop()) {
      if (!(await user.logIn())) throw new Error(`${user.name} could not log in`);
      await user.api(`/users/${user.name}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Starts a server for each name at once, measures, and stops them all. */
export async function storm(hub: Hub, names: readonly string[]): Promise<Storm> {
  const users = names.map((name) => hub.user(name));
  await logIn(users);
  const busyBefore = busySeconds();
  const started = performance.now();
  const outcomes = await Promise.allSettled(users.map(startOne));
  const wall = (performance.now() - started) / 1000;
  const machineCpu = (busySeconds() - busyBefore) / names.length;
  const running = await containers(hub.students);
  const serverCpu = (await cpuOf(running)) / names.length;
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [String(outcome.reason)] : [],
  );
  if (running.length !== names.length) {
    failures.push(`${running.length} of ${names.length} containers run`);
  }
  const seconds = outcomes
    .flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []))
    .sort((a, b) => a - b);
  await stopAll(hub, users);
  const median = seconds[Math.floor(seconds.length / 2)] ?? Number.NaN;
  return { failures, wall, median, serverCpu, machineCpu };
}

async function stopAll(hub: Hub, users: readonly HubUser[]): Promise<void> {
  await Promise.all(
    users.map((user) =>
      user.api(`/users/${user.name}/server`, { method: "DELETE", timeout: patienceMs }),
    ),
  );
  await until(
    "the servers to stop",
    async () => ((await containers(hub.students)).length === 0 ? true : undefined),
    { seconds: 300, everyMs: 500 },
  );
}
