/** What people of the course notice of a change. */
import type { Change } from "../compare";
import type { Plan } from "../plan";

/** From the least to the worst. */
export const levels = [
  "nothing",
  "waits",
  "hubAway",
  "reconnects",
  "offline",
  "drains",
  "unknown",
  "stops",
  "refused",
] as const;
export type Level = (typeof levels)[number];

/** What each level means for students. */
export interface Notice {
  /** Completes "students notice: …"; a cell of the table. */
  readonly notice: string;
  /** For how long; "" where that says nothing. */
  readonly lasts: string;
  /** The heading of a stack of which it is the worst. */
  readonly headline: string;
}

/** Estimates of how long each takes: none was measured yet. */
export const notices: Readonly<Record<Level, Notice>> = {
  nothing: { notice: "nothing", lasts: "", headline: "🟢 students notice nothing" },
  waits: {
    notice: "a server that is being started waits",
    lasts: "a few seconds",
    headline: "🟢 students notice nothing, unless they start a server at that moment",
  },
  hubAway: {
    notice: "no login and no hub pages; notebooks go on",
    lasts: "a few seconds",
    headline: "🟡 students notice a few seconds without login; notebooks go on",
  },
  reconnects: {
    notice: "open pages reconnect; kernels go on",
    lasts: "a few seconds",
    headline: "🟡 students' pages reconnect after a few seconds; kernels go on",
  },
  offline: {
    notice: "the course does not answer; open pages reconnect, kernels go on",
    lasts: "a few seconds",
    headline: "🟡 the course does not answer for a few seconds; kernels go on",
  },
  drains: {
    notice: "servers there go on until they are idle, then start elsewhere",
    lasts: "",
    headline: "🟡 students on a node that leaves start their servers again elsewhere",
  },
  unknown: {
    notice: "not known: look at the preview",
    lasts: "",
    headline: "🟠 nobody knows what students notice: look at the preview",
  },
  stops: {
    notice: "servers stop, kernels are lost",
    lasts: "",
    headline: "🔴 not while people work: servers stop and kernels are lost",
  },
  refused: {
    notice: "`up` refuses it, nothing changes",
    lasts: "",
    headline: "🔴 `up` refuses this; nothing changes",
  },
};

/** The effect of one change. */
export interface Effect {
  readonly level: Level;
  /** What happens, as a row of a table: "hub restarts". */
  readonly what: string;
  /** Instead of the level's own: "30 minutes at most". */
  readonly lasts?: string;
  /** The machine; "" where it is none in particular. */
  readonly machine: string;
}

/** The two plans that a change is between. */
export interface Plans {
  readonly base: Plan;
  readonly head: Plan;
}

/** An effect whose machine is the changed resource's, unless it names another. */
export type KnownEffect = Omit<Effect, "machine"> & Partial<Pick<Effect, "machine">>;

/** A rule: the effect of a change that it knows, undefined for others. */
export interface Rule {
  /** Of which changes it tells, for the docs. */
  readonly about: string;
  readonly effect: (change: Change, plans: Plans) => KnownEffect | undefined;
}

/** The worse of two levels. */
export function worst(some: readonly Level[]): Level {
  return levels[Math.max(0, ...some.map((level) => levels.indexOf(level)))] ?? "unknown";
}
