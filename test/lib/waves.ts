/** Does something for each, some at once; `lane` says which of these does it. */
export async function wavesOf<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, lane: number) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const lane = async (_: unknown, number: number): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await work(one, number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
