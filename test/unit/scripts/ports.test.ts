import { holderOf } from "../../../scripts/lib/computer/ports.mjs";

/** What a port looks like at one moment after the other; the last one stays. */
function sights(...seen: { free: boolean; container?: string }[]) {
  let looks = 0;
  const look = () => {
    const { free, container } = seen[Math.min(looks, seen.length - 1)] ?? { free: true };
    looks += 1;
    return Promise.resolve({ free, container });
  };
  return { look, looks: () => looks };
}

const starting = { free: false };
const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

describe("who holds a port", () => {
  test("a container that Docker starts is waited for until Docker lists it", async () => {
    const { look } = sights(starting, starting, { free: false, container: "course-proxy" });
    const seen = await holderOf({ look, mayStart: yes, patienceMs: 5000 });
    expect(seen).toEqual({ free: false, container: "course-proxy" });
  });

  test("a port that is let go in the meantime is free", async () => {
    const { look } = sights(starting, { free: true });
    expect((await holderOf({ look, mayStart: yes, patienceMs: 5000 })).free).toBe(true);
  });

  test("without a container of the course, a stranger's port is known at once", async () => {
    const { look, looks } = sights(starting);
    expect(await holderOf({ look, mayStart: no, patienceMs: 5000 })).toEqual(starting);
    expect(looks()).toBe(1);
  });

  test("a stranger's port beside a stopped container of the course is known when patience ends", async () => {
    const { look } = sights(starting);
    expect(await holderOf({ look, mayStart: yes, patienceMs: 250 })).toEqual(starting);
  });
});
