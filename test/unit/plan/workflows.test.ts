import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "yaml";
import { marker } from "../../../scripts/plan/comment";
import { trackedFiles } from "../../../scripts/plan/facts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly "runs-on": string | readonly string[];
  readonly if?: string;
  readonly steps: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface GitlabJob {
  readonly script?: readonly string[];
  readonly tags?: readonly string[];
  readonly extends?: string;
  readonly rules?: readonly { readonly if: string }[];
}

const folder = ".github/workflows";
const texts = new Map(
  readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]),
);
const workflow = (file: string) => yaml.parse(texts.get(file) ?? "") as Workflow;
const workflows = [...texts.keys()].map((file) => [file, workflow(file)] as const);
const gitlab = yaml.parse(readFileSync(".gitlab-ci.yml", "utf8")) as Readonly<
  Record<string, GitlabJob>
>;

test("what runs a fork's code has no secret, no writing permission and no runner of the campus", () => {
  const { on, permissions, jobs } = workflow("pull-request.yml");
  expect(Object.keys(on)).toEqual(["pull_request"]);
  expect(permissions).toEqual({ contents: "read" });
  expect(texts.get("pull-request.yml")).not.toMatch(/secrets\.|github\.token|self-hosted/);
  expect(jobs.plan?.["runs-on"]).toBe("ubuntu-latest");
  expect(gitlab.plan?.tags ?? gitlab.plan?.extends).toBeUndefined();
  expect(JSON.stringify(gitlab.plan)).not.toMatch(/TOKEN|PASSPHRASE|BACKEND/);
});

test("what may comment runs no code of a pull request", () => {
  const { on, jobs } = workflow("comment.yml");
  expect(Object.keys(on)).toEqual(["workflow_run"]);
  const [checkout] = jobs.comment?.steps ?? [];
  expect(checkout?.uses).toMatch(/^actions\/checkout@/);
  expect(checkout?.with).not.toHaveProperty("ref");
  expect(jobs.comment?.permissions).toEqual({
    actions: "read",
    contents: "read",
    "pull-requests": "write",
  });
});

test("no workflow trusts what a pull request's author writes", () => {
  for (const [, { on, jobs }] of workflows) {
    expect(Object.keys(on)).not.toContain("pull_request_target");
    for (const { steps } of Object.values(jobs)) {
      // Inside of a script an expression would be code.
      for (const { run = "" } of steps) expect(run).not.toContain("${{");
    }
  }
});

test("secrets and the campus's runners are for branches of this repository", () => {
  const { on, jobs } = workflow("preview.yml");
  expect(Object.keys(on)).toEqual(["pull_request"]);
  expect(jobs.preview?.if).toBe(
    "github.event.pull_request.head.repo.full_name == github.repository",
  );
  const requests = [...(gitlab.preview?.rules ?? []), ...(gitlab.comment?.rules ?? [])]
    .map((rule) => rule.if)
    .filter((rule) => rule.includes("merge_request_event"));
  expect(requests).toHaveLength(2);
  for (const rule of requests) {
    expect(rule).toContain("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID");
  }
});

test("actions are pinned by commit, with their version beside it", () => {
  for (const [file, text] of texts) {
    for (const [line] of text.matchAll(/uses: .*/g)) {
      expect(`${file}: ${line}`).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  }
});

test("`up` does what the preview planned", () => {
  const { jobs } = workflow("up.yml");
  const plans = Object.values(jobs).map(
    ({ steps }) => steps.find(({ uses }) => uses?.startsWith("pulumi/actions@"))?.with,
  );
  expect(plans).toMatchObject([
    { command: "preview", plan: "update-plan.json" },
    { command: "up", plan: "update-plan.json" },
  ]);
  expect(gitlab.preview?.script?.join()).toContain("--save-plan update-plan.json");
  expect(gitlab.up?.script?.join()).toContain("--plan update-plan.json");
});

/** A clone with a pull request in it: another title for the stack `dev`, with its plan or without. */
function clone(withPlan: boolean): { folder: string; base: string } {
  const copy = mkdtempSync(join(tmpdir(), "semesterhub-workflow-"));
  for (const file of trackedFiles(process.cwd())) {
    // One stack is enough, and the quickest.
    if (/^(Pulumi\.|plans\/)(?!dev\.|yaml)/.test(file)) continue;
    if (/^(components|config|images|plans|policy|scripts|[^/]+\.(ts|json|yaml)$)/.test(file)) {
      cpSync(file, join(copy, file));
    }
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
  // Packages that are newer than the lock file are good: `npm ci` here would empty this clone's.
  utimesSync(join(copy, "package-lock.json"), 0, 0);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: copy,
      encoding: "utf8",
    }).trim();
  git("init", "-q");
  git("add", "-A", "--", ":!node_modules");
  git("commit", "-qm", "base");
  const base = git("rev-parse", "HEAD");
  const edit = (file: string) => {
    const text = readFileSync(join(copy, file), "utf8");
    writeFileSync(join(copy, file), text.replaceAll("Data Science 101", "Data Science 102"));
  };
  edit("Pulumi.dev.yaml");
  // Settings in a plan are in the clear, so that the same edit is the plan's.
  if (withPlan) execFileSync(process.execPath, ["scripts/plan.mjs", "--write"], { cwd: copy });
  git("commit", "-qam", "head");
  return { folder: copy, base };
}

/** Runs a job's own commands, as the forge's runner does, but for `npm ci`. */
function runJob(commands: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const outcomes = commands
    .filter((command) => !command.startsWith("npm ci"))
    .map((command) => {
      try {
        execFileSync("bash", ["-eo", "pipefail", "-c", command], {
          cwd,
          env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...env },
          stdio: "pipe",
        });
        return true;
      } catch {
        return false;
      }
    });
  return { outcomes, comment: readFileSync(join(cwd, "comment.md"), "utf8") };
}

test("the plan's job, for GitHub: the comment names what changed; a stale plan fails", () => {
  const commands = (workflow("pull-request.yml").jobs.plan?.steps ?? []).flatMap(
    ({ run }) => run ?? [],
  );
  const good = clone(true);
  const { outcomes, comment } = runJob(commands, good.folder, { BASE: good.base });
  expect(outcomes).toEqual([true, true]);
  expect(comment).toContain(marker);
  expect(comment).toContain(
    'the hub\'s setting `title`: `"Data Science 101"` → `"Data Science 102"`',
  );
});

test("the plan's job, for GitLab, of a pull request that forgot its plan", () => {
  const { folder: cwd, base } = clone(false);
  const { outcomes, comment } = runJob(gitlab.plan?.script ?? [], cwd, {
    CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
  });
  expect(outcomes).toEqual([true, false]);
  expect(comment).toContain("Nothing changes in `dev`");
});
