// The Docker engine, as the benchmarks see it: its CLI for what changes, its API for numbers.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { must } from "../../lib/semester";
import { until } from "../../lib/until";
import { prefix } from "./names";

/** Runs docker and gives what it prints, without the line's end. */
export async function docker(args: readonly string[], input = ""): Promise<string> {
  return (await must("docker", args, { input })).stdout.trim();
}

/** Runs docker and gives the lines that it prints. */
export async function dockerLines(...args: string[]): Promise<string[]> {
  return (await docker(args)).split("\n").filter((line) => line !== "");
}

/** A question to the engine's API. */
export async function engineGet(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: "/var/run/docker.sock", path }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path}: ${String(answer.statusCode)} ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Ids of the running containers whose names start with a word. */
export async function containers(name: string): Promise<string[]> {
  return dockerLines("ps", "--quiet", "--no-trunc", "--filter", `name=^/${name}`);
}

/** The one running container whose name starts with a word. */
export async function container(name: string): Promise<string> {
  return until(
    `a container of ${name}`,
    async () => {
      const [id] = await containers(name);
      return id;
    },
    { seconds: 120 },
  );
}

/** CPU seconds that a container's control group has used since it started. */
export async function cpuSeconds(id: string): Promise<number> {
  const stats = (await engineGet(`/containers/${id}/stats?stream=false&one-shot=true`)) as {
    cpu_stats: { cpu_usage: { total_usage: number } };
  };
  return stats.cpu_stats.cpu_usage.total_usage / 1e9;
}

/** CPU seconds of several containers together. */
export async function cpuOf(ids: readonly string[]): Promise<number> {
  const each = await Promise.all(ids.map(cpuSeconds));
  return each.reduce((sum, seconds) => sum + seconds, 0);
}

/** CPU seconds that the whole machine has been busy since it started. */
export function busySeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  // The kernel counts in hundredths of a second for every program that reads this file.
  return (user + nice + system + irq + softirq + steal) / 100;
}

/** Removes every Docker object of the benchmarks, and returns when it is gone. */
export async function sweep(): Promise<void> {
  const removed: [list: string[], remove: string[]][] = [
    [
      ["service", "ls"],
      ["service", "rm"],
    ],
    [
      ["ps", "--all"],
      ["rm", "--force", "--volumes"],
    ],
    [
      ["secret", "ls"],
      ["secret", "rm"],
    ],
    [
      ["config", "ls"],
      ["config", "rm"],
    ],
    [
      ["network", "ls"],
      ["network", "rm"],
    ],
  ];
  for (const [list, remove] of removed) {
    const ps = list[0] === "ps";
    await until(
      `docker ${remove.join(" ")}`,
      async () => {
        const format = ps ? "{{.Names}}" : "{{.Name}}";
        const all = await dockerLines(...list, "--format", format);
        const names = all.filter((name) => name.startsWith(prefix));
        if (names.length === 0) return true;
        // A service's containers end by themselves: Swarm is stopping them.
        const own = ps ? names.filter((name) => !name.includes(".")) : names;
        if (own.length > 0) await docker([...remove, ...own]);
        return undefined;
      },
      { seconds: 180, everyMs: 500 },
    );
  }
}

/** Fails, with what to do, where there is no Swarm to measure on. */
export async function requireSwarm(): Promise<void> {
  const state = await docker(["info", "--format", "{{.Swarm.ControlAvailable}}"]);
  if (state !== "true") throw new Error("This engine manages no Swarm: npm run up makes it one.");
}
