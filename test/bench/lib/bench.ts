// What run.mjs and a benchmark know of each other.
import { requireSwarm, sweep } from "./engine";
import { images, type Images } from "./images";
import type { Row } from "./rows";
import { removeFolders } from "./side";

/** What a benchmark found. */
export interface Outcome {
  readonly rows: readonly Row[];
  /** What a reader must know beside the numbers. */
  readonly notes: readonly string[];
  /** Every number, for the JSON line. */
  readonly data: unknown;
}

/** Shows a step while it runs, as scripts/lib/command/progress.mjs does. */
export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/** A benchmark's hostFacts. */
export class Bench {
  private constructor(
    readonly images: Images,
    readonly step: Step,
    private readonly options: Readonly<Record<string, string | undefined>>,
  ) {}

  /** Makes the images that are missing, and removes what an earlier run left. */
  static async open(step: Step, options: Readonly<Record<string, string | undefined>>) {
    await requireSwarm();
    const made = await step("images", images);
    const bench = new Bench(made, step, options);
    await bench.clear();
    return bench;
  }

  text(name: string): string | undefined {
    return this.options[name];
  }

  number(name: string, usual: number): number {
    const given = this.options[name];
    if (given === undefined) return usual;
    const value = Number(given);
    if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} ${given}: a number`);
    return value;
  }

  /** Removes all that the benchmarks made. */
  async clear(): Promise<void> {
    await sweep();
    await removeFolders(this.images.tools);
  }
}
