// What a configuration may be, and what is made of it.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { readHostFacts } from "../../../config/hostFacts";
import { accepted, changed, hostFacts, valid } from "../lib/configHelp";

const yaml = jest.requireActual<{ load: (text: string) => { config: Record<string, unknown> } }>(
  "js-yaml",
);

const oauth = { clientId: "id", clientSecret: "not-to-be-shown" };

/** The values of a stack's file, below semesterhub:. */
function stackFile(stack: string): Record<string, unknown> {
  const { config } = yaml.load(readFileSync(`Pulumi.${stack}.yaml`, "utf8"));
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("semesterhub:", ""), value]),
  );
}

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
  expect(config.platform).toEqual({ kind: "local", generation: 1 });
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
    read: () => ["username,role,groups", ...students.map((name) => `${name},student,`)].join("\n"),
  };
  const config = accepted(sections, {}, { stack: "prod", around });
  expect(config.roster.students).toHaveLength(220);
  const names = [1, 2, 3, 4, 5, 6, 7].map((number) => `node-${number}`);
  expect(config.platform).toMatchObject({ kind: "openstack", nodes: { names } });
});
