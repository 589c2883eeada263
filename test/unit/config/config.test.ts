import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { formatPath, formatProblems } from "../../../config/problems";
import { readHostFacts } from "../../../config/hostFacts";
import { accepted, changed, parse, refused, hostFacts, valid } from "../lib/configHelp";
import { absent, refusals as others } from "../lib/refusals";
import { refusalsMachines } from "../lib/refusalsMachines";

const yaml = jest.requireActual<{ load: (text: string) => { config: Record<string, unknown> } }>(
  "js-yaml",
);
const refusals = { ...others, ...refusalsMachines };
const oauth = { clientId: "id", clientSecret: "not-to-be-shown" };

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

describe("accepts", () => {
  test("the least on local, with every default", () => {
    expect(accepted(valid.local)).toMatchInlineSnapshot(`
     {
       "backup": {
         "everyMinutes": 60,
         "folder": "/var/lib/semesterhub/dev-backups",
         "homes": true,
         "keepDays": 14,
         "keepWeeks": 26,
         "target": "file:///var/lib/semesterhub/dev-backups",
       },
       "course": {
         "timezone": "UTC",
         "title": "T",
       },
       "cull": {
         "busyMinutes": 1440,
         "drainMinutes": 30,
         "everyMinutes": 10,
         "idleMinutes": 60,
         "kernelIdleMinutes": 30,
         "maxAgeHours": 0,
       },
       "database": {
         "kind": "sqlite",
       },
       "face": {
         "links": [],
         "palette": {
           "button": "#b85a00",
           "buttonText": "#ffffff",
           "onDark": "#cc8847",
           "onLight": "#a95300",
         },
         "templates": [],
         "welcome": [],
       },
       "grading": {
         "cellSeconds": 30,
         "memoryBytes": 1073741824,
         "outputBytes": 5242880,
         "seconds": 300,
         "showHiddenTests": false,
         "similarity": false,
         "submissionBytes": 104857600,
         "trialRuns": false,
         "workers": 2,
       },
       "health": {
         "healthEverySeconds": 5,
       },
       "login": {
         "method": "dummy",
       },
       "networks": {
         "allow": [],
         "block": [],
         "bridges": {
           "cidr": "172.30.0.0/16",
           "first": 2887647232,
           "gateway": "172.30.0.1",
           "last": 2887712767,
           "prefix": 16,
         },
         "control": {
           "cidr": "10.11.0.0/24",
           "first": 168493056,
           "gateway": "10.11.0.1",
           "last": 168493311,
           "prefix": 24,
         },
         "course": {
           "cidr": "10.11.16.0/20",
           "first": 168497152,
           "gateway": "10.11.16.1",
           "last": 168501247,
           "prefix": 20,
         },
         "encrypted": true,
       },
       "platform": {
         "kind": "local",
       },
       "profiles": [],
       "proxy": {
         "port": 8443,
         "publicPort": 8443,
         "subdomains": false,
         "tls": {
           "source": "stack",
         },
         "uploadMegabytes": 512,
       },
       "roster": {
         "folders": [],
         "groups": {},
         "staff": [
           "grace",
         ],
         "students": [
           "ada",
         ],
       },
       "spawn": {
         "activeServers": 0,
         "concurrent": 64,
         "interface": "lab",
         "timeoutSeconds": 120,
       },
       "stack": "dev",
       "staff": {
         "mayEnterServers": false,
       },
       "statistics": {
         "keepNamesDays": 200,
         "names": "names",
       },
       "storage": {
         "path": "/var/lib/semesterhub/dev",
         "shared": false,
       },
       "student": {
         "connections": 1000,
         "cpus": 1,
         "cpusReserved": 0,
         "datagramsPerSecond": 2000,
         "memoryBytes": 1073741824,
         "memoryReservedBytes": 268435456,
         "pids": 512,
         "tokens": 100,
       },
     }
    `);
  });

  test("machines that exist", () => {
    const { platform, proxy, backup } = accepted(valid.hosts);
    expect({ platform, proxy, backup }).toMatchInlineSnapshot(`
     {
       "backup": {
         "everyMinutes": 60,
         "folder": "/srv/backups",
         "homes": true,
         "keepDays": 14,
         "keepWeeks": 26,
         "target": "file:///srv/backups",
       },
       "platform": {
         "adminCidrs": [
           "198.51.100.0/24",
         ],
         "hub": {
           "address": "203.0.113.11",
           "generation": 1,
           "internalAddress": "203.0.113.11",
           "memoryBytes": 68719476736,
           "name": "hub",
           "port": 22,
           "user": "root",
         },
         "internalNetwork": "203.0.113.0/24",
         "kind": "hosts",
         "nodes": [
           {
             "address": "203.0.113.12",
             "generation": 1,
             "internalAddress": "203.0.113.12",
             "memoryBytes": 34359738368,
             "name": "node-1",
             "port": 22,
             "user": "root",
           },
           {
             "address": "203.0.113.13",
             "generation": 1,
             "internalAddress": "203.0.113.13",
             "name": "node-2",
             "port": 22,
             "user": "root",
           },
         ],
         "proxy": {
           "address": "203.0.113.10",
           "generation": 1,
           "internalAddress": "203.0.113.10",
           "name": "proxy",
           "port": 22,
           "user": "root",
         },
         "slot": 0,
       },
       "proxy": {
         "httpPort": 80,
         "port": 443,
         "publicPort": 443,
         "subdomains": false,
         "tls": {
           "source": "stack",
         },
         "uploadMegabytes": 512,
       },
     }
    `);
  });

  test("a cloud", () => {
    const { platform, proxy, backup } = accepted(valid.openstack);
    expect({ platform, proxy, backup }).toMatchInlineSnapshot(`
     {
       "backup": {
         "everyMinutes": 60,
         "homes": true,
         "keepDays": 14,
         "keepWeeks": 26,
         "target": "swift://semesterhub-dev-backups",
       },
       "platform": {
         "adminCidrs": [
           "198.51.100.0/24",
         ],
         "dataVolumeAtEnd": "keep",
         "dataVolumeGb": 100,
         "flavors": {
           "hub": "m",
           "node": "l",
           "proxy": "s",
         },
         "generations": {},
         "image": "debian-13",
         "kind": "openstack",
         "network": {
           "dns": [],
           "externalNetwork": "public",
           "kind": "routed",
           "subnet": {
             "cidr": "192.168.60.0/24",
             "first": 3232250880,
             "gateway": "192.168.60.1",
             "last": 3232251135,
             "prefix": 24,
           },
         },
         "nodes": {
           "memoryBytes": 8589934592,
           "names": [
             "node-1",
             "node-2",
           ],
           "spread": "none",
         },
         "user": "debian",
       },
       "proxy": {
         "httpPort": 80,
         "port": 443,
         "publicPort": 443,
         "subdomains": false,
         "tls": {
           "source": "stack",
         },
         "uploadMegabytes": 512,
       },
     }
    `);
  });

  test("fixed addresses, as at Rackspace", () => {
    const network = { kind: "fixed", publicNetwork: "PublicNet", internalNetwork: "ServiceNet" };
    expect(
      accepted(valid.openstack, { openstack: changed(valid.openstack.openstack, { network }) })
        .platform,
    ).toMatchObject({ network });
  });

  test("a roster from a file and lists together", () => {
    const { roster: merged } = accepted(valid.local, {
      roster: { file: "roster.csv", students: ["Alan"], groups: { "lab-1": ["alan"], empty: [] } },
    });
    expect(merged).toEqual({
      students: ["ada", "alan"],
      staff: ["grace"],
      groups: { empty: [], graders: ["grace"], "lab-1": ["ada", "alan", "grace"] },
      folders: [],
    });
  });

  test.each([["2026-09-01"], ["2026-09-01T00:00:00Z"]])("the day %s", (starts) => {
    expect(accepted(valid.local, { course: { title: "T", starts } }).course.starts).toBe(
      "2026-09-01",
    );
  });

  test.each([
    ["0M", 0],
    ["4M", 4 * 2 ** 20],
  ])("a reservation of %s", (memoryReserved, bytes) => {
    const { student } = accepted(valid.local, { student: { memoryReserved } });
    expect(student.memoryReservedBytes).toBe(bytes);
  });

  test("services on private addresses, and in what was closed", () => {
    const { networks } = accepted(valid.local, {
      networks: { allow: ["10.1.2.3:1", "192.0.2.9:443"], block: ["192.0.2.0/24"] },
    });
    expect(networks).toMatchObject({
      allow: [
        { network: { cidr: "10.1.2.3/32" }, port: 1 },
        { network: { cidr: "192.0.2.9/32" }, port: 443 },
      ],
      block: [{ cidr: "192.0.2.0/24" }],
    });
  });

  test("an encrypted client secret, as a secret", async () => {
    const login = { method: "github", ...oauth };
    const config = accepted(valid.openstack, { login }, { secretKeys: ["login"] });
    const { clientSecret } = config.login as { clientSecret: pulumi.Output<string> };
    await expect(pulumi.isSecret(clientSecret)).resolves.toBe(true);
    expect(config.login).toMatchObject({ method: "github", clientId: "id", organizations: [] });
  });

  test("a certificate of one's own, its key as a secret", async () => {
    const tls = { source: "files", certificate: "chain.pem", key: "key.pem" };
    const config = accepted(valid.local, { proxy: { domain: "Hub.example.edu", tls } });
    expect(config.proxy.domain).toBe("hub.example.edu");
    const read = config.proxy.tls as { certificate: string; key: pulumi.Output<string> };
    expect(read.certificate).toBe(hostFacts.read("chain.pem"));
    await expect(pulumi.isSecret(read.key)).resolves.toBe(true);
  });

  test("Pulumi.dev.yaml", () => {
    const config = accepted(stackFile("dev"));
    expect(config.platform).toEqual({ kind: "local" });
    expect(config.roster).toEqual({
      students: ["ada", "alan", "grace"],
      staff: ["teacher"],
      groups: {},
      folders: [],
    });
  });

  test("Pulumi.prod.yaml as it is shipped, with the files that it names", () => {
    const config = accepted(stackFile("prod"), {}, { stack: "prod", around: readHostFacts(".") });
    expect(config.roster.students).toEqual(["ada@example.edu", "alan@example.edu"]);
  });

  test("Pulumi.prod.yaml, with 220 students", () => {
    const sections = stackFile("prod");
    const students = Array.from({ length: 220 }, (_, index) => `student-${index}@example.edu`);
    const around = {
      read: () =>
        ["username,role,groups", ...students.map((name) => `${name},student,`)].join("\n"),
    };
    const config = accepted(sections, {}, { stack: "prod", around });
    expect(config.roster.students).toHaveLength(220);
    const names = [1, 2, 3, 4, 5, 6, 7].map((number) => `node-${number}`);
    expect(config.platform).toMatchObject({ kind: "openstack", nodes: { names } });
  });
});

/** The values of a stack's file, below semesterhub:. */
function stackFile(stack: string): Record<string, unknown> {
  const { config } = yaml.load(readFileSync(`Pulumi.${stack}.yaml`, "utf8"));
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("semesterhub:", ""), value]),
  );
}

test("a section that isn't JSON is refused, not a crash", () => {
  expect(parse(valid.local, { student: "{memory" }).problems).toMatchObject([
    { path: ["student"], value: "{memory" },
  ]);
});
