// What an operator's Ctrl-C does to a rehearsal: its command's standard input ends, and that is waited for.
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { give } from "../../../scripts/lib/docker/streams.mjs";
import { stoppable } from "../../../scripts/lib/command/signals.mjs";

test("standard input stays open until it is time, and ends once", async () => {
  const abort = new AbortController();
  const stream = new PassThrough();
  give(stream, "line\n", abort.signal);
  expect(stream.writableEnded).toBe(false);
  abort.abort();
  expect(stream.writableEnded).toBe(true);
  expect(await text(stream)).toBe("line\n");
});

test("without a time to wait for, or after it, standard input ends at once", async () => {
  for (const until of [undefined, AbortSignal.abort()]) {
    const stream = new PassThrough();
    give(stream, "all", until);
    expect(stream.writableEnded).toBe(true);
    expect(await text(stream)).toBe("all");
  }
});

test("an interrupt asks once, and the end is waited for", async () => {
  const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  const before = process.listenerCount("SIGINT");
  const { interrupted, result } = await stoppable("It ends.", async (signal) => {
    process.emit("SIGINT");
    process.emit("SIGTERM");
    expect(signal.aborted).toBe(true);
    return Promise.resolve(7);
  });
  expect([interrupted, result]).toEqual([true, 7]);
  expect(said.mock.calls.map(([words]) => words)).toEqual(["\nIt ends.\n"]);
  expect(process.listenerCount("SIGINT")).toBe(before);
  said.mockRestore();
});

test("what is not interrupted says so", async () => {
  const done = await stoppable("It ends.", async (signal) => Promise.resolve(signal.aborted));
  expect(done).toEqual({ interrupted: false, result: false });
});
