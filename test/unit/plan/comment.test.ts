import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatComment, formatStack, marker } from "../../../scripts/plan/comment";
import { expectGolden } from "../lib/golden";
import { planOf, sectionsOf, type Working } from "./courses";

const course = sectionsOf("hosts");
const { hosts = {}, student = {}, proxy = {} } = course;
const hub = hosts.hub as object;
const [anna, bert] = hosts.nodes as readonly object[];

/** A certificate for the course's name and its key, as files. */
function newCertificate(): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "semesterhub-certificate-"));
  const [key, certificate] = [join(folder, "site.key"), join(folder, "site.crt")];
  const name = String(proxy.domain);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const files = ["-keyout", key, "-out", certificate, "-days", "365"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...names, ...files], { stdio: "pipe" });
  return {
    "site.crt": readFileSync(certificate, "utf8"),
    "site.key": readFileSync(key, "utf8"),
  };
}
const fromFiles = {
  proxy: { ...proxy, tls: { source: "files", certificate: "site.crt", key: "site.key" } },
};

interface PullRequest {
  /** Sections that replace those of the example, before and after. */
  readonly base?: object;
  readonly head?: object;
  readonly before?: Working;
  readonly after?: Working;
}

const pullRequests: Readonly<Record<string, PullRequest>> = {
  "class list": {
    base: { roster: { students: ["ada", "alan"], staff: ["teacher@example.edu"] } },
    head: { roster: { students: ["ada", "alan", "grace"], staff: ["teacher@example.edu"] } },
  },
  title: { head: { course: { ...course.course, title: "Introduction to Statistics II" } } },
  limits: { head: { student: { ...student, memory: "2G" } } },
  image: { after: { edited: ["images/notebook/Dockerfile"] } },
  "chp's image": { after: { edited: ["images/chp/Dockerfile"] } },
  certificate: {
    base: fromFiles,
    head: fromFiles,
    before: { files: newCertificate() },
    after: { files: newCertificate() },
  },
  "one node more": {
    head: {
      hosts: {
        ...hosts,
        nodes: [anna, bert, { name: "carl", address: "10.20.0.23", memory: "32G" }],
      },
    },
  },
  "the first node less": { head: { hosts: { ...hosts, nodes: [bert] } } },
  "another hub": { head: { hosts: { ...hosts, hub: { ...hub, generation: 2 } } } },
  "storage path": { head: { storage: { path: "/srv/elsewhere" } } },
  networks: { head: { networks: { course: "10.30.16.0/20", control: "10.30.0.0/24" } } },
};

async function plansOf({ base, head, before, after }: PullRequest) {
  return {
    stack: "hosts",
    base: await planOf("hosts", { ...course, ...base }, before),
    head: await planOf("hosts", { ...course, ...head }, after),
  };
}

describe("the comment on a pull request that changes", () => {
  test.each(Object.entries(pullRequests))("%s", async (kind, pullRequest) => {
    const section = formatStack(await plansOf(pullRequest));
    // The resources below are the program's own matter; what people are told is not.
    expectGolden(`plan/comments/${kind.replaceAll(/\W+/g, "-")}.md`, `${section?.summary ?? ""}\n`);
    expect(section?.details).toMatch(/^<details><summary>Of \d+ resources: \d+ /);
  });
});

test("docs/operating.md says of each kind what the rules say", async () => {
  const rows = await Promise.all(
    Object.entries(pullRequests).map(async ([kind, pullRequest]) => {
      const { summary = "" } = formatStack(await plansOf(pullRequest)) ?? {};
      return [kind, /^### `hosts`: \S+ (.*)$/m.exec(summary)?.[1] ?? ""] as const;
    }),
  );
  const all = [["change", "what it means"] as const, ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = all;
  const table = [line(head), rule, ...body.map(line)].join("\n");
  expectGolden(
    "../../docs/operating.md",
    readFileSync("docs/operating.md", "utf8").replace(
      /(<!-- what students notice -->\n)[^]*?(<!-- end -->)/,
      (_, start: string, end: string) => `${start}\n${table}\n\n${end}`,
    ),
  );
});

test("nothing changed: said in one line for all stacks, below the marker", async () => {
  const plan = await planOf("hosts", course);
  const comment = formatComment([
    { stack: "hosts", base: plan, head: plan },
    { stack: "dev", base: plan, head: plan },
  ]);
  expect(comment.startsWith(`${marker}\n`)).toBe(true);
  expect(comment).toContain("Nothing changes in `hosts`, `dev`.");
  expect(comment).not.toContain("###");
});
