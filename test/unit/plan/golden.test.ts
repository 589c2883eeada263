import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { trackedFiles } from "../../../scripts/plan/facts";
import { formatPlan, goldenStacks, readPlan } from "../../../scripts/plan/golden";
import { declareStack } from "../../../scripts/plan/declare";
import { runIndex } from "../lib/harness";

/** The plan of a Pulumi.course.yaml; `inGit` are other files that git has. */
async function planOf(lines: readonly string[], inGit: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-plan-test-"));
  writeFileSync(join(folder, "Pulumi.course.yaml"), ["config:", ...lines, ""].join("\n"));
  for (const [file, text] of Object.entries(inGit)) writeFileSync(join(folder, file), text);
  const { plan } = await declareStack(folder, "course", new Set(Object.keys(inGit)), () =>
    runIndex(),
  );
  return plan;
}

const course = [
  "  semesterhub:course: { title: A course }",
  "  semesterhub:roster: { students: [ada, alan], staff: [grace] }",
];

test("every Pulumi.*.yaml in git has a plan, on every platform", () => {
  const tracked = trackedFiles(process.cwd());
  const stacks = goldenStacks(tracked);
  expect(stacks).toEqual(expect.arrayContaining(["dev", "hosts", "prod", "selftest"]));
  for (const stack of stacks) expect(tracked).toContain(`plans/${stack}.yaml`);
});

test("a plan has each resource with its parent and what it waits for, and is read back as it was", async () => {
  const plan = await planOf(course);
  const hub = plan.resources["docker:Service hub"];
  expect(hub).toMatchObject({
    deleteBeforeReplace: true,
    inputs: { name: "semesterhub-course-hub" },
  });
  for (const key of [hub?.parent ?? "", hub?.provider ?? "", ...(hub?.dependsOn ?? [])]) {
    expect(Object.keys(plan.resources)).toContain(key);
  }
  expect(readPlan(formatPlan(plan))).toEqual(plan);
});

test("no name of the class list is in a plan; the plan changes with any of them", async () => {
  const names = (one: string) => [
    course[0] ?? "",
    `  semesterhub:roster: { students: [${one}, quite-unusual-name], staff: [grace-of-staff] }`,
  ];
  const [before, after] = [await planOf(names("ada")), await planOf(names("alan"))];
  expect(formatPlan(before)).not.toMatch(/quite-unusual-name|grace-of-staff/);
  expect(before.classList).toMatchObject({ students: 2, staff: 1 });
  expect(after.classList.version).not.toBe(before.classList.version);
});

test("a class list that git does not have changes nothing, whoever makes the plan", async () => {
  const lines = [course[0] ?? "", "  semesterhub:roster: { file: class.csv, staff: [grace] }"];
  const outside = await planOf(lines);
  expect(outside).toMatchObject({ notInGit: ["class.csv"], classList: { students: 0, staff: 1 } });
  const inside = await planOf(lines, { "class.csv": "username,role,groups\nada,student,\n" });
  expect(inside).toMatchObject({ classList: { students: 1, staff: 1 } });
  expect(inside.notInGit).toBeUndefined();
});

test("an encrypted value is a digest, which changes with the value", async () => {
  const withSecret = (ciphertext: string) =>
    planOf([
      ...course,
      "  semesterhub:login:",
      "    method: google",
      "    clientId: some-id",
      `    clientSecret: { secure: "v1:${ciphertext}" }`,
      "    hostedDomains: [example.edu]",
    ]);
  const [before, after] = [await withSecret("AAAA"), await withSecret("BBBB")];
  expect(formatPlan(before)).not.toContain("AAAA:");
  expect(formatPlan(before)).not.toContain("v1:");
  const secret = "docker:Secret login-secret";
  expect(String(before.resources[secret]?.inputs?.data)).toMatch(/^secret \([0-9a-f]{8}\)$/);
  expect(after.resources[secret]).not.toEqual(before.resources[secret]);
  const differing = Object.keys(before.resources).filter(
    (key) => JSON.stringify(before.resources[key]) !== JSON.stringify(after.resources[key]),
  );
  // The course is checked with it.
  const check = "command:local:Command course-check";
  expect(differing.sort()).toEqual([check, secret, "docker:Service hub"]);
});

test("a secret that is still to be set is named, and is no obstacle", async () => {
  const { notSet } = await planOf([
    ...course,
    "  semesterhub:login:",
    "    method: google",
    "    clientId: some-id",
    "    hostedDomains: [example.edu]",
  ]);
  expect(notSet).toEqual(["login.clientSecret"]);
});

test("a section that is encrypted as a whole is refused, with the command that does it better", async () => {
  await expect(planOf([...course, '  semesterhub:login: { secure: "v1:AAAA" }'])).rejects.toThrow(
    "pulumi config set --stack course --secret --path semesterhub:login.KEY",
  );
});

test("a configuration that the program refuses has no plan, and says why", async () => {
  await expect(planOf([course[0] ?? ""])).rejects.toThrow("semesterhub:roster");
});

test("a plan is the same in another folder, for another user, with files that git does not have", async () => {
  const show = (folder: string, home: string) =>
    execFileSync(process.execPath, ["scripts/plan.mjs", "--show", "--stack", "hosts"], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: home },
    });
  const copy = mkdtempSync(join(tmpdir(), "semesterhub-plan-copy-"));
  for (const file of trackedFiles(process.cwd())) {
    if (!/^(components|config|images|policy|scripts|[^/]+\.(ts|json|yaml)$)/.test(file)) continue;
    cpSync(file, join(copy, file));
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
  execFileSync("git", ["init", "-q"], { cwd: copy });
  execFileSync("git", ["add", "-A", "--", ":!node_modules"], { cwd: copy });
  for (const [file, text] of [
    ["roster.csv", "username,role,groups\nada,student,\n"],
    ["home/.ssh/id_ed25519", "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n"],
  ] as const) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  }
  const tracked = trackedFiles(process.cwd());
  const here = await declareStack(process.cwd(), "hosts", tracked, () => runIndex());
  expect(show(copy, join(copy, "home"))).toBe(formatPlan(here.plan));
});
