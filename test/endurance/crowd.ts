import type { Formgrader } from "../lib/assignment";
import type { Semester } from "../lib/semester";

/**
 * Milliseconds of pages that graders and students open, one after the other with a look at each, for so many
 * rounds or until something is over.
 */
export async function pages(
  semester: Semester,
  students: readonly string[],
  formgraders: readonly Formgrader[],
  until: number | (() => boolean),
): Promise<number[]> {
  const users = await Promise.all(
    students.map(async (name) => {
      const user = semester.user(name);
      if (!(await user.logIn())) throw new Error(`${name} was not let in`);
      return user;
    }),
  );
  const taken: number[] = [];
  const time = async (work: () => Promise<{ status: number }>): Promise<void> => {
    const began = Date.now();
    const { status } = await work();
    if (status !== 200) throw new Error(`a page answered ${status}`);
    taken.push(Date.now() - began);
  };
  const over = typeof until === "number" ? (round: number) => round >= until : until;
  for (let round = 0; !over(round); round += 1) {
    for (const user of users) await time(() => user.session.ask("/hub/home"));
    for (const formgrader of formgraders) {
      await time(() => formgrader.open("/formgrader/manage_assignments"));
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
  return taken;
}

/** Which value so large a part of the numbers is below. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
