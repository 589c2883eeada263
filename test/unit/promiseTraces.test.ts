import * as debuggable from "@pulumi/pulumi/runtime/debuggable";
import { omitPromiseTraces } from "../../components/promiseTraces";

// Not declared by the SDK, for which it is internal.
const { debuggablePromise } = debuggable as {
  debuggablePromise?: (promise: Promise<unknown>) => Promise<unknown>;
};
const asked = process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
const { prepareStackTrace } = Error as { prepareStackTrace?: typeof Error.prepareStackTrace };

beforeEach(() => {
  delete process.env["PULUMI_DEBUG_PROMISE_LEAKS"];
  Error.prepareStackTrace = (error) => `${error.message} mapped`;
});

afterEach(() => {
  if (asked !== undefined) process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = asked;
  if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
  else Error.prepareStackTrace = prepareStackTrace;
});

/** What the SDK writes down of a promise. */
async function promiseTrace(): Promise<unknown> {
  const promise = Promise.resolve();
  await debuggablePromise?.(promise);
  return (promise as { _debugStackTrace?: unknown })._debugStackTrace;
}

// Fails where a newer SDK names its function otherwise, which only costs time.
test("the trace of the SDK's promise is left empty", async () => {
  omitPromiseTraces();
  expect(await promiseTrace()).toBe("");
});

test("the stack of an error stays", () => {
  omitPromiseTraces();
  expect(new Error("mine").stack).toBe("mine mapped");
});

test("who looks for leaked promises sees where they were made", async () => {
  process.env["PULUMI_DEBUG_PROMISE_LEAKS"] = "1";
  omitPromiseTraces();
  expect(await promiseTrace()).toBe(" mapped");
});
