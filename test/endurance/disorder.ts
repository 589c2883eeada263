import type { Semester } from "../lib/semester";
import { Chance, wait } from "./chance";
import { faultsOf, type Fault } from "./faults";
import { Ledger } from "./ledger";
import { Student, type Notebook, type Trouble } from "./student";

/** A fault that happened, and what students saw of it. */
export interface Happened {
  readonly name: string;
  readonly began: number;
  readonly ended: number;
  /** Why it was not over in time; absent: it was. */
  readonly error?: string;
}

/** What came of it. */
export interface Outcome {
  readonly ledger: Ledger;
  readonly notebook: Notebook;
  readonly happened: readonly Happened[];
}

/**
 * Students at work while parts of the course fail, one after the other in an order of chance; each kind of
 * fault once before any comes again. The last fifth of the time is quiet.
 */
export async function disorder(
  semester: Semester,
  students: readonly string[],
  { minutes, awaySeconds, seed }: { minutes: number; awaySeconds: number; seed: number },
  say: (line: string) => void,
): Promise<Outcome> {
  const ledger = new Ledger();
  const notebook: Notebook = { troubles: [], kernelsLost: [], wrong: [], acts: 0 };
  const end = Date.now() + minutes * 60_000;
  const quietFrom = Date.now() + minutes * 48_000;
  const class_ = students.map((name, index) =>
    new Student(
      () => semester.user(name),
      new Chance(seed + index * 7919),
      ledger,
      notebook,
      awaySeconds,
    ).workUntil(end),
  );
  // Most of them are in before anything goes wrong.
  await wait(30);
  const happened: Happened[] = [];
  const chance = new Chance(seed);
  let left: Fault[] = [];
  while (Date.now() < quietFrom) {
    if (left.length === 0) left = faultsOf(semester);
    const fault = chance.pick(left);
    left = left.filter((other) => other !== fault);
    const one = await happen(fault);
    happened.push(one);
    const took = ((one.ended - one.began) / 1000).toFixed(0);
    say(`${fault.name}: ${one.error ?? `over after ${took} s`}; ${ledger.confirmed} saves so far`);
    await wait(5 + chance.next() * 15);
  }
  await Promise.all(class_);
  return { ledger, notebook, happened };
}

async function happen({ name, happen: work }: Fault): Promise<Happened> {
  const began = Date.now();
  try {
    await work();
    return { name, began, ended: Date.now() };
  } catch (error) {
    return { name, began, ended: Date.now(), error: String(error) };
  }
}

/** A line for each fault: when, how long, what students noticed of it and for how long at most. */
export function tableOf({ happened, notebook }: Outcome, start: number): string {
  const rows = happened.map(({ name, began, ended }, index) => {
    const until = happened[index + 1]?.began ?? Infinity;
    const mine = notebook.troubles.filter((one) => one.began >= began && one.began < until);
    const longest = Math.max(0, ...mine.map(secondsOf));
    const minute = ((began - start) / 60_000).toFixed(1).padStart(5);
    const took = ((ended - began) / 1000).toFixed(0).padStart(4);
    const noticed = mine.length === 0 ? "nothing" : `${mine.length} times, ${longest.toFixed(0)} s`;
    return `${minute} min ${took} s  ${name.padEnd(52)} students noticed: ${noticed}`;
  });
  return rows.join("\n");
}

/** How long something did not work; as long as it was tried, if it never did again. */
export function secondsOf({ began, ended }: Trouble): number {
  return ((ended ?? Infinity) - began) / 1000;
}
