/** What turns a stack trace into text: ts-node's, which looks every line up in source maps. */
interface Formatter {
  prepareStackTrace?: (error: Error, frames: NodeJS.CallSite[]) => unknown;
}

/**
 * Spares a preview a quarter of its time. For each of its promises, several thousand in a semester,
 * Pulumi's SDK writes down a stack trace, and shows it only where PULUMI_DEBUG_PROMISE_LEAKS asks
 * for it. Where nothing does, these stay empty; the stack of an error is as long as ever.
 */
export function omitPromiseTraces(): void {
  const { prepareStackTrace: format } = Error as Formatter;
  if (format === undefined || process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined) return;
  Error.prepareStackTrace = (error, frames): unknown =>
    frames[0]?.getFunctionName() === "debuggablePromise" ? "" : format(error, frames);
}
