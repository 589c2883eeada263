import { engineGet } from "../bench/lib/engine";

/** Megabytes of a container's processes: not the kernel's cache of files. */
export async function megabytes(container: string): Promise<number> {
  const path = `/containers/${container}/stats?stream=false&one-shot=true`;
  const { memory_stats: memory } = (await engineGet(path)) as {
    memory_stats: { stats: { rss?: number; anon?: number } };
  };
  // "rss" is cgroups' first version.
  const bytes = memory.stats.anon ?? memory.stats.rss;
  if (bytes === undefined) throw new Error(`no memory of ${container}`);
  return bytes / 2 ** 20;
}

/** Memory of the parts that everybody's requests go through, over time. */
export class MemoryWatch {
  private readonly samples = new Map<string, number[]>();

  constructor(private readonly parts: Readonly<Record<string, () => Promise<string>>>) {}

  async sample(): Promise<void> {
    for (const [part, find] of Object.entries(this.parts)) {
      const list = this.samples.get(part) ?? [];
      list.push(await megabytes(await find()));
      this.samples.set(part, list);
    }
  }

  /** Each part's median in the first and in the last quarter. */
  growth(): { readonly part: string; readonly first: number; readonly last: number }[] {
    return [...this.samples].map(([part, list]) => {
      const quarter = Math.max(1, Math.floor(list.length / 4));
      return { part, first: median(list.slice(0, quarter)), last: median(list.slice(-quarter)) };
    });
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
