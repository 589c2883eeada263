// Numbers beside each other: pure functions.

/** One number of ours beside another, and what their ratio must be. */
export interface Row {
  readonly what: string;
  readonly ours: number;
  /** What it is compared with. */
  readonly other: string;
  readonly theirs: number;
  readonly ratio: number;
  readonly unit: string;
  readonly target?: string;
  readonly holds?: boolean;
}

export interface RowOptions {
  readonly unit: string;
  readonly other: string;
  /** The ratio must not be above this … */
  readonly atMost?: number;
  /** … or not below that … */
  readonly atLeast?: number;
  /** … or ours must be 0. */
  readonly none?: boolean;
}

export function row(what: string, ours: number, theirs: number, options: RowOptions): Row {
  const { unit, other, atMost, atLeast, none } = options;
  const ratio = ours / theirs;
  const base = { what, ours, other, theirs, ratio, unit };
  if (none === true) return { ...base, target: "0", holds: ours === 0 };
  if (atMost !== undefined) return { ...base, target: `≤ ${atMost}`, holds: ratio <= atMost };
  if (atLeast !== undefined) return { ...base, target: `≥ ${atLeast}`, holds: ratio >= atLeast };
  return base;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return (low + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
