import { containerDuration, serviceDuration } from "./duration";

/** How Docker sees that a container is well, and how long that is waited for. */
export interface Health {
  readonly check: {
    readonly tests: string[];
    readonly interval: string;
    readonly timeout: string;
    readonly retries: number;
    readonly startPeriod: string;
  };
  /** Seconds that Pulumi waits for it: longer than Docker gives a container to become well. */
  readonly patience: number;
}

/**
 * A program in a container says whether it is well; who is asked seldom has more time for all.
 * `kind` is the resource's, since each has its own spelling of a duration.
 */
export function healthOf(
  kind: "container" | "service",
  program: readonly string[],
  everySeconds: number,
): Health {
  const duration = kind === "container" ? containerDuration : serviceDuration;
  const start = 120 + 12 * everySeconds;
  return {
    check: {
      tests: ["CMD", ...program],
      interval: duration(everySeconds),
      timeout: duration(Math.max(10, everySeconds)),
      retries: 6,
      // Ends with the first success: what is slow on a busy machine is not killed for it.
      startPeriod: duration(start),
    },
    patience: start + 60,
  };
}
