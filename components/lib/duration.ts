/**
 * Durations as the official Docker plugin reads them back; any other spelling of the same time is a
 * change at every preview. Both follow Go's `time.Duration`, a Service without trailing zeros.
 */

/** "90s" is `1m30s` and "180s" is `3m0s` on a Container. */
export function containerDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${String(seconds % 60)}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${rest}`;
  return minutes > 0 ? `${String(minutes)}m${rest}` : rest;
}

/** "90s" is `1m30s` and "180s" is `3m` on a Service. */
export function serviceDuration(seconds: number): string {
  return containerDuration(seconds).replace(/m0s$/, "m").replace(/h0m$/, "h");
}
