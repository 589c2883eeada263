// How full homes are, as `quota` and `status` show it.
import {
  byUse,
  fullness,
  groupTable,
  quotaTable,
  readQuotas,
  warned,
} from "../../../scripts/lib/status/quotas.mjs";

const gigabyte = 2 ** 30;
const person = (username: string, used: number | null, limit: number | null, own = false) => ({
  username,
  used: used === null ? null : used * gigabyte,
  limit: limit === null ? null : limit * gigabyte,
  own,
});
const people = [
  person("ada", 1, 10),
  person("alan", 9, 10),
  person("grace", 18.6, 20, true),
  person("zoe", 1, 10),
];

test("the fullest first, then by name", () => {
  expect(byUse(people).map(({ username }) => username)).toEqual(["grace", "alan", "ada", "zoe"]);
});

test("from 90 % on somebody is warned", () => {
  const almost = person("kurt", 8.999, 10);
  const names = warned({ problem: null, default: null, people: [...people, almost], groups: [] });
  expect(names.map(({ username }) => username)).toEqual(["grace", "alan"]);
});

test("without a limit nothing is full", () => {
  expect(fullness(person("ada", 5, null))).toBe(0);
  expect(fullness(person("ada", null, 5))).toBe(0);
});

test("a homes service of before the next `up` tells of no groups", async () => {
  const answering = (answer: unknown) => ({ ask: () => Promise.resolve(answer) }) as never;
  const older = { problem: null, default: null, people: [] };
  await expect(readQuotas(answering(older))).resolves.toEqual({ ...older, groups: [] });
  await expect(readQuotas(answering(undefined))).resolves.toBeUndefined();
});

test("the table", () => {
  expect(quotaTable(byUse(people))).toMatchInlineSnapshot(`
   "NAME   USES     OF       FULL
   grace  18.6 GB  20 GB *  93 %  nearly full
   alan   9 GB     10 GB    90 %  nearly full
   ada    1 GB     10 GB    10 %
   zoe    1 GB     10 GB    10 %"
  `);
});

test("the table of groups' folders", () => {
  const groups = [
    { name: "lab-1", used: 9.5 * gigabyte, limit: 10 * gigabyte },
    { name: "lab-2", used: null, limit: null },
  ];
  expect(groupTable(groups)).toMatchInlineSnapshot(`
   "FOLDER OF  USES    OF     FULL
   lab-1      9.5 GB  10 GB  95 %  nearly full
   lab-2      ?       ?      0 %"
  `);
});
