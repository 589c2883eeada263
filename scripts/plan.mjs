// @ts-check
// npm run plan: the golden plans in plans/, and what a pull request changes in them.
import { loadProgram } from "./lib/pulumi/program.mjs";
import { runCommand } from "./lib/command/arguments.mjs";
import { Failure } from "./lib/command/fail.mjs";

const command = {
  name: "plan",
  about:
    "Compares plans/ with what each Pulumi.<stack>.yaml in git declares, and that with policy/. Needs no Pulumi, engine, cloud or secret.",
  options: {
    write: { about: "writes plans/ anew" },
    comment: {
      value: "COMMIT",
      about: "prints what the plans say has changed since a commit, as a pull request's comment",
    },
    show: { about: "prints the plan of one stack (--stack), which need not be in git" },
  },
  more: "docs/pull-requests.md has the rest.",
};

/**
 * @param {import("./lib/command/arguments.mjs").Arguments} args
 * @param {string} stack
 */
async function main(args, stack) {
  const golden = /** @type {typeof import("./plan/golden.js")} */ (
    loadProgram("scripts/plan/golden")
  );
  if (args.has("show")) {
    process.stdout.write(golden.formatPlan((await golden.current(stack)).plan));
    return 0;
  }
  const base = args.get("comment");
  if (base !== undefined) {
    const { commentSince } = /** @type {typeof import("./plan/since.js")} */ (
      loadProgram("scripts/plan/since")
    );
    process.stdout.write(commentSince(base));
    return 0;
  }
  const results = await golden.checkGolden({ write: args.has("write") });
  for (const { stack, state, violations } of results) {
    console.log(`${golden.goldenFile(stack)}: ${state}`);
    for (const violation of violations) console.log(`  ${violation}`);
  }
  if (results.some(({ violations }) => violations.length > 0)) {
    throw new Failure("A stack does what policy/rules.ts forbids.", {
      fix: "Change the program or the configuration: each line above names the rule and the resource.",
    });
  }
  if (results.every(({ state }) => state === "up to date" || state === "written")) return 0;
  throw new Failure("A plan in plans/ is not what its stack declares.", {
    fix: "npm run plan -- --write, look at git diff plans, and commit it with the change.",
  });
}

await runCommand(command, main);
