import * as debuggable from "@pulumi/pulumi/runtime/debuggable";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { deferred, omitPromiseTraces } from "../../../../components/lib/sdkStartup";

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

describe("a deferred module", () => {
  const load = jest.fn(() => ({ answer: 42 }));

  beforeEach(() => {
    load.mockClear();
  });

  test("is not loaded by the import of it, as TypeScript compiles it", () => {
    expect(Reflect.get(deferred(load), "__esModule")).toBe(true);
    expect(load).not.toHaveBeenCalled();
  });

  test("is loaded once, by the first use", () => {
    const module = deferred(load);
    expect(Reflect.get(module, "answer")).toBe(42);
    expect(Reflect.get(module, "default")).toEqual({ answer: 42 });
    expect(load).toHaveBeenCalledTimes(1);
  });
});

// In a process of its own, since Jest has modules of its own.
test("npm's solver is not loaded with the SDK, and is there when it is asked for", () => {
  const code = `
    require("ts-node").register();
    require("./components/lib/sdkStartup");
    require("@pulumi/pulumi");
    const solver = require.resolve("@npmcli/arborist", { paths: [require.resolve("@pulumi/pulumi")] });
    const loaded = () => Object.keys(require.cache).filter((file) => file.includes("arborist")).length;
    const before = loaded();
    const path = new (require(solver).Arborist)({ path: "/nowhere" }).path;
    console.log(JSON.stringify({ before, path, after: loaded() > before }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], {
    cwd: join(__dirname, "..", "..", "..", ".."),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  // The one that stands for it.
  expect(JSON.parse(stdout)).toEqual({ before: 1, path: "/nowhere", after: true });
});
