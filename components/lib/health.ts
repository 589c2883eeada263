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

/** A program in a container says whether it is well; who is asked seldom has more time for all. */
export function healthOf(program: readonly string[], everySeconds: number): Health {
  const seconds = (count: number): string => `${String(count)}s`;
  const start = 120 + 12 * everySeconds;
  return {
    check: {
      tests: ["CMD", ...program],
      interval: seconds(everySeconds),
      timeout: seconds(Math.max(10, everySeconds)),
      retries: 6,
      // Ends with the first success: what is slow on a busy machine is not killed for it.
      startPeriod: seconds(start),
    },
    patience: start + 60,
  };
}
