// What a configuration may not be, and that the message says so.
import { formatPath, formatProblems } from "../../../config/problems";
import { accepted, changed, parse, refused, hostFacts, valid } from "../lib/configHelp";
import { absent, refusals as others } from "../lib/refusals";
import { refusalsDatabase } from "../lib/refusalsDatabase";
import { refusalsMachines } from "../lib/refusalsMachines";
import { refusalsReach } from "../lib/refusalsReach";

const refusals = {
  ...others,
  ...refusalsDatabase,
  ...refusalsMachines,
  ...refusalsReach,
};

describe.each(Object.entries(refusals))("refuses %s", (_, table) => {
  for (const [changes, at, value, problem, fix, base] of table) {
    test(`${at}: ${JSON.stringify(changes).slice(0, 80)}`, () => {
      const problems = refused(base ?? valid.local, changes);
      // One mistake is one problem: nothing is said twice, nothing follows from it.
      expect(problems.map(({ path }) => formatPath(path))).toEqual([`semesterhub:${at}`]);
      const [found] = problems;
      expect(found && "value" in found ? found.value : absent).toEqual(value);
      expect(found?.problem).toContain(problem);
      expect(found?.fix).toContain(fix);
      expect(formatProblems("dev", problems)).not.toContain("not-to-be-shown");
    });
  }
});

test("at least 60 configurations are refused", () => {
  expect(Object.values(refusals).flat().length).toBeGreaterThanOrEqual(60);
});

test("at least 30 of machines and clouds", () => {
  expect(Object.values(refusalsMachines).flat().length).toBeGreaterThanOrEqual(30);
});

test("a password without a user, encrypted", () => {
  const problems = refused(
    valid.hosts,
    { images: { registry: "r.example.edu", password: "not-to-be-shown" } },
    { secretKeys: ["images"] },
  );
  expect(problems.map(({ path, problem }) => [formatPath(path), problem])).toEqual([
    ["semesterhub:images.username", "is missing, and there is a password"],
  ]);
});

test.each([
  ["R.Example.edu:5000/course", { server: "r.example.edu:5000", folder: "course" }],
  ["r.example.edu", { server: "r.example.edu", folder: "semesterhub" }],
  ["192.0.2.7:5000/a/b-c__d", { server: "192.0.2.7:5000", folder: "a/b-c__d" }],
  ["localhost/x", { server: "localhost", folder: "x" }],
])("the registry %s", (registry, expected) => {
  const { images } = accepted(
    valid.hosts,
    { images: { registry, certificateAuthority: "chain.pem" } },
    { secretKeys: ["images"] },
  );
  expect(images).toEqual({
    registry: expected,
    certificateAuthority: hostFacts.read("chain.pem"),
  });
});

test("passwords of the campus's databases in plain text", () => {
  const place = (name: string) => ({
    url: `postgresql://${name}@db.example.edu/${name}`,
    password: "not-to-be-shown",
  });
  const problems = refused(valid.hosts, {
    database: { kind: "postgres", hub: place("hub"), gradebook: place("gradebook") },
  });
  expect(problems.map(({ path, problem }) => [formatPath(path), problem])).toEqual([
    ["semesterhub:database.hub.password", "is written in plain text"],
    ["semesterhub:database.gradebook.password", "is written in plain text"],
  ]);
});

test("a credential for backups elsewhere, with its secret encrypted", () => {
  const backupCredential = { id: "abc", secret: "not-to-be-shown" };
  const problems = refused(
    valid.openstack,
    {
      openstack: changed(valid.openstack.openstack, { backupCredential }),
      backup: {
        target: "s3://host/bucket",
        s3: { accessKeyId: "a", secretAccessKey: "not-to-be-shown" },
      },
    },
    { secretKeys: ["openstack", "backup"] },
  );
  expect(problems.map(({ path, value }) => [formatPath(path), value])).toEqual([
    ["semesterhub:openstack.backupCredential", "(secret)"],
  ]);
});

test.each([["Dev"], ["dev_1"], ["-dev"], ["a".repeat(21)]])(
  "refuses the stack name %s",
  (stack) => {
    const [problem, ...others] = refused(valid.local, {}, { stack });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: [], value: stack });
    expect(problem?.fix).toContain("pulumi stack rename");
  },
);

test("lists every problem in one message", () => {
  const problems = refused({
    platform: "hots",
    course: { title: 101, ends: "x" },
    login: { method: "gogle" },
    student: { memory: "1G", memoryReserved: "2G" },
    networks: { course: "8.0.0.0/20" },
  });
  expect(formatProblems("dev", problems)).toMatchInlineSnapshot(`
   "The configuration has 7 problems (Pulumi.dev.yaml). Nothing was changed.

     1. semesterhub:platform: "hots"
        is not one of the known values (did you mean hosts?)
        Fix: write one of local, hosts, openstack

     2. semesterhub:course.title: 101
        is a number, expected text
        Fix: write a line of text (in quotes where it is only a number), for example "Data Science 101"

     3. semesterhub:course.ends: "x"
        is not a day in the calendar, written 2026-09-01
        Fix: write a day, for example "2027-01-31"

     4. semesterhub:login.method: "gogle"
        is not one of the known values (did you mean google?)
        Fix: write one of dummy, native, google, github, cilogon, globus, oidc, lti, lti13, workshop

     5. semesterhub:roster
        has nobody in it: nobody could log in
        Fix: add people to roster.students and roster.staff, or name a roster.file, for example "roster.csv"

     6. semesterhub:student.memoryReserved: "2G"
        is more than the limit, student.memory: 1G
        Fix: write a size that is not larger than student.memory

     7. semesterhub:networks.course: "8.0.0.0/20"
        is not a private network: addresses of the internet would be cut off
        Fix: choose a private network, for example 10.11.16.0/20

   Every key is explained in docs/configuration.md."
  `);
});

test("never shows a value below an encrypted key", () => {
  const changes = {
    login: { method: "dummy", passwrod: "not-to-be-shown", password: "not2show" },
    roster: { students: ["not-to-be-shown", "not-to-be-shown"], groups: { a: ["not-to-be-show"] } },
  };
  const problems = refused(valid.local, changes, { secretKeys: ["login", "roster"] });
  expect(problems).toHaveLength(3);
  expect(formatProblems("dev", problems)).not.toMatch(/not-to-be|not2show/);
});

test("a section that isn't JSON is refused, not a crash", () => {
  expect(parse(valid.local, { student: "{memory" }).problems).toMatchObject([
    { path: ["student"], value: "{memory" },
  ]);
});
