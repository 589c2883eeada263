import fc from "fast-check";
import { readCsv, type CsvRecord } from "../../../config/csv";
import { mergeRoster, parseRosterFile, type Person } from "../../../config/roster";
import {
  contains,
  editDistance,
  formatAddress,
  formatService,
  formatSize,
  nearest,
  overlap,
  parseAddress,
  parseDay,
  parseService,
  parseSize,
  parseSubnet,
  subnet,
  usableAddresses,
  type Subnet,
} from "../../../config/values";

const address = fc.nat({ max: 2 ** 32 - 1 });
/** Any network: an address with the bits of the host taken away. */
const anySubnet = fc.tuple(address, fc.integer({ min: 1, max: 32 })).map(([host, prefix]) => {
  const size = 2 ** (32 - prefix);
  return subnet(`${formatAddress(Math.floor(host / size) * size)}/${prefix}`);
});

describe("sizes", () => {
  test.each([
    ["512M", 536870912],
    ["1.5G", 1610612736],
    ["1.5g", 1610612736],
    [" 2 GiB ", 2147483648],
    ["1T", 1099511627776],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(["", "G", "1", "-1G", "1,5G", "0G", "1GG", "1 2G", "1e3M", "99999999T"])(
    "%j is no size",
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );

  test("what is written is read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.constantFrom("M", "G", "T"), (n, unit) => {
        expect(formatSize(parseSize(`${n}${unit}`) ?? 0)).toBe(`${n}${unit}`);
      }),
    );
  });

  test("any text is a size or isn't, without a crash", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bytes = parseSize(text);
        return bytes === undefined || (Number.isSafeInteger(bytes) && bytes > 0);
      }),
    );
  });
});

describe("services", () => {
  test("what is written is read again", () => {
    fc.assert(
      fc.property(anySubnet, fc.integer({ min: 1, max: 65535 }), (network, port) => {
        expect(parseService(formatService({ network, port }))).toEqual({ network, port });
      }),
    );
  });

  test.each(["10.1.2.3", "10.1.2.3:", "10.1.2.3:0", "10.1.2.3:65536", ":80", "a:80", "::1:80"])(
    "%j is no service",
    (text) => {
      expect(parseService(text)).toBeUndefined();
    },
  );

  test("a single address needs no prefix, a network with an address in it is told", () => {
    expect(parseService(" 10.1.2.3:80 ")).toEqual({ network: subnet("10.1.2.3/32"), port: 80 });
    expect(parseService("10.1.2.3/24:80")).toEqual({ strayHostBits: "10.1.2.0/24" });
  });
});

test("every day of the calendar is a day, and no other", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
      (date) => {
        const day = date.toISOString().slice(0, 10);
        expect(parseDay(day)).toBe(day);
        expect(parseDay(`${day}T00:00:00Z`)).toBe(day);
      },
    ),
  );
  for (const text of ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "tomorrow"]) {
    expect(parseDay(text)).toBeUndefined();
  }
});

describe("networks", () => {
  test("an address that is written is read again", () => {
    fc.assert(
      fc.property(address, (number) => {
        expect(parseAddress(formatAddress(number))).toBe(number);
      }),
    );
  });

  test("a network holds its gateway and nothing outside it", () => {
    fc.assert(
      fc.property(anySubnet, (network) => {
        expect(parseSubnet(network.cidr)).toEqual(network);
        expect(network.last - network.first + 1).toBe(2 ** (32 - network.prefix));
        expect(usableAddresses(network)).toBeGreaterThanOrEqual(0);
        if (network.prefix < 32) {
          const gateway = parseAddress(network.gateway) ?? -1;
          expect(gateway >= network.first && gateway <= network.last).toBe(true);
        }
      }),
    );
  });

  test("two networks overlap where one of them contains the other", () => {
    const holds = (a: Subnet, b: Subnet) => contains(a, b) || contains(b, a);
    fc.assert(
      fc.property(anySubnet, anySubnet, (a, b) => {
        expect(overlap(a, b)).toBe(holds(a, b));
        expect(overlap(a, b)).toBe(overlap(b, a));
        expect(overlap(a, a)).toBe(true);
      }),
    );
  });

  test("any text is a network or isn't, without a crash", () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseSubnet(text) !== "string"));
    for (const text of [
      "1.2.3.4",
      "1.2.3.4/33",
      "1.2.3/8",
      "256.0.0.0/8",
      "1.2.3.4/8/9",
      "01.0.0.0/8",
    ]) {
      expect(parseSubnet(text)).toBeUndefined();
    }
  });
});

describe("the nearest word", () => {
  const word = fc.string({ maxLength: 8 });

  test("a distance is a distance", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test("one slip is understood, another word is not", () => {
    const known = ["platform", "course", "roster", "login"];
    for (const slip of ["platfrom", "Platform", "plaform", "platforms"]) {
      expect(nearest(slip, known)).toBe("platform");
    }
    expect(nearest("volumes", known)).toBeUndefined();
  });
});

describe("roster files", () => {
  const cell = fc.string({ maxLength: 12 }).map((text) => text.trim().replace(/\r/g, ""));
  const record = fc.array(cell, { minLength: 1, maxLength: 4 }).filter((row) => row.some(Boolean));

  test("whatever is quoted comes out as it went in", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), (rows) => {
        const quote = (text: string) => `"${text.replace(/"/g, '""')}"`;
        const text = rows.map((row) => row.map(quote).join(",")).join("\r\n");
        const { records } = readCsv(text) as { records: readonly CsvRecord[] };
        expect(records.map(({ fields }) => fields)).toEqual(rows);
      }),
    );
  });

  test("a record begins where its first letter is", () => {
    expect(readCsv('a,b\r\n\r\n"c\r\nc",d\ne\n')).toEqual({
      records: [
        { line: 1, fields: ["a", "b"] },
        { line: 3, fields: ["c\nc", "d"] },
        { line: 5, fields: ["e"] },
      ],
    });
  });

  test.each([
    ['username,role\nada,\n"alan,\ngrace,\nbob,\n', 3, "never closed"],
    ['"username,role\nada,\n', 1, "never closed"],
    ['username,role\nada,st"aff\n', 2, "in the middle of a field"],
    ['username,role\nada,"st"aff\n', 2, "in the middle of a field"],
    ["username,role,groups\nada,,Staff\n", 2, "hub makes itself"],
    ["username,role,groups\nada,,lab-1;lab 2\n", 2, 'the group "lab 2" is not a group name'],
    ["username\nM\uFFFDller\n", 2, "can't be seen or read"],
    ["username\na/b\n", 2, "slash"],
  ])("what can't be read whole is refused, with its line: %j", (text, line, problem) => {
    const read = parseRosterFile(text, "r.csv");
    expect(read.problems).toMatchObject([
      { line, problem: expect.stringContaining(problem) as string },
    ]);
  });

  test.each([
    ["o'brien@example.edu", "o'brien@example.edu"],
    ["M\u00fcller@example.edu", "m\u00fcller@example.edu"],
    ["Mu\u0308ller@example.edu", "m\u00fcller@example.edu"],
    ["\u5c0f\u660e", "\u5c0f\u660e"],
    ["nu\u00f1ez+lab_1#a&b", "nu\u00f1ez+lab_1#a&b"],
    ['"de la Cruz, Ana"', "de la cruz, ana"],
  ])("names are as people have them: %s", (text, name) => {
    const { people, problems } = parseRosterFile(`username\n${text}\n`, "r.csv");
    expect(problems).toEqual([]);
    expect(people.map((person) => person.name)).toEqual([name]);
  });

  test("any text gives people or problems, without a crash", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { people, problems } = parseRosterFile(`username,role,groups\n${text}`, "r.csv");
        return people.length + problems.length >= (/[a-z]/.test(text) ? 1 : 0);
      }),
    );
  });

  test("a file of a spreadsheet: byte order mark, CRLF, quotes, columns in another order", () => {
    const text = '\uFEFFRole,Username,Groups\r\nstaff,Grace,\r\n,"ada","lab-1; lab-2"\r\n\r\n';
    expect(parseRosterFile(text, "r.csv")).toEqual({
      people: [
        { name: "grace", role: "staff", groups: [], place: "r.csv line 2" },
        { name: "ada", role: "student", groups: ["lab-1", "lab-2"], place: "r.csv line 3" },
      ],
      problems: [],
    });
  });

  test("groups with a folder are named, or begin as an entry says", () => {
    const people: Person[] = [
      { name: "ada", role: "student", groups: ["project-2", "lab"], place: "here" },
      { name: "alan", role: "student", groups: ["project-1"], place: "here" },
    ];
    const folders = (...wanted: string[]) => mergeRoster(people, {}, wanted).roster.folders;
    expect(folders()).toEqual([]);
    expect(folders("lab", "project-2", "lab")).toEqual(["lab", "project-2"]);
    expect(folders("project-*")).toEqual(["project-1", "project-2"]);
    expect(folders("*")).toEqual(["lab", "project-1", "project-2"]);
  });

  test("everybody of a merged roster has one role, and is known to the groups", () => {
    const person = fc.record<Person>({
      name: fc.constantFrom("ada", "alan", "grace", "kurt"),
      role: fc.constantFrom("student", "staff"),
      groups: fc.array(fc.constantFrom("lab-1", "lab-2")),
      place: fc.constant("here"),
    });
    fc.assert(
      fc.property(fc.array(person), (people) => {
        const { roster, problems } = mergeRoster(people, { "lab-3": ["ada"] });
        const everybody = [...roster.students, ...roster.staff];
        expect(new Set(everybody).size).toBe(everybody.length);
        expect(new Set(everybody)).toEqual(new Set(people.map(({ name }) => name)));
        for (const name of Object.values(roster.groups).flat()) expect(everybody).toContain(name);
        const twice = people.length - everybody.length;
        expect(problems).toHaveLength(twice + (everybody.includes("ada") ? 0 : 1));
      }),
    );
  });
});
