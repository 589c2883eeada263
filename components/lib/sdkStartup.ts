/**
 * What a preview does not wait for in Pulumi's SDK. Imported for its effect, ahead of everything that
 * imports the SDK.
 */
import { Module } from "node:module";

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

/** A module that is loaded when something of it is used, as a compiled `import` sees it. */
export function deferred(load: () => object): object {
  let loaded: object | undefined;
  return new Proxy(Object.create(null) as object, {
    get: (_, key): unknown => {
      // Or the importing module would copy everything at once.
      if (key === "__esModule") return true;
      loaded ??= load();
      return key === "default" ? loaded : Reflect.get(loaded, key);
    },
  });
}

/**
 * Loads a package that the SDK imports only when the SDK uses it. Where the SDK has no such package,
 * there is nothing to defer.
 */
export function deferPackage(name: string): void {
  let file: string;
  try {
    file = require.resolve(name, { paths: [require.resolve("@pulumi/pulumi")] });
  } catch {
    return;
  }
  if (require.cache[file] !== undefined) return;
  const stand = new Module(file);
  stand.exports = deferred(() => {
    Reflect.deleteProperty(require.cache, file);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- as late as possible is the point
    return require(file) as object;
  });
  require.cache[file] = stand;
}

omitPromiseTraces();
// npm's solver of dependencies, 160 files: for functions that are turned into text, which the program
// has none of.
deferPackage("@npmcli/arborist");
