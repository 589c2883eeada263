// The bed's configuration remembers how many machines have had a place.
import { configuration, generationsIn } from "../../lib/bedConfiguration.mjs";
import { planBed } from "../../lib/machines.mjs";

test("generations are read again as they were written", () => {
  const bed = planBed("bed", 2, { storage: true });
  const semester = { stack: "bed", slot: 0, encrypted: true };
  const first = generationsIn(configuration(bed, { ...semester, generations: new Map() }));
  expect([...first]).toEqual(
    ["proxy", "hub", "storage", "node-1", "node-2"].map((name) => [name, 1]),
  );
  const generations = new Map([...first, ["hub", 2] as const, ["node-2", 3] as const]);
  expect(generationsIn(configuration(bed, { ...semester, generations }))).toEqual(generations);
  expect(generationsIn("")).toEqual(new Map());
});
