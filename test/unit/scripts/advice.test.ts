// What messages and pages advise can be typed: the command is there, and knows the options.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Record<string, string>;
};
const files = execFileSync(
  "git",
  ["ls-files", "components", "config", "scripts", "images", "docs", "README.md"],
  {
    encoding: "utf8",
  },
)
  .split("\n")
  .filter((file) => /\.(sh|ts|mjs|py|md)$/.test(file) && existsSync(file));

/** A command of ours, and the options in the words after it on the line, up to the end of a sentence. */
interface Advice {
  readonly file: string;
  readonly command: string;
  readonly rest: string;
}

const told: readonly Advice[] = files.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/npm run ([a-z][a-z:-]*[a-z])([^\n`"';,)]*)/g)].map(
    ([, command = "", rest = ""]) => ({ file, command, rest }),
  ),
);

const optionsIn = (rest: string) =>
  [...rest.matchAll(/ --([a-z][a-z-]*)/g)].map(([, name = ""]) => name);

/** The text in which a command's options are declared. */
function declaredBy(command: string): string {
  const own = readFileSync(`scripts/${command}.mjs`, "utf8");
  const shared = own.includes("deployOptions")
    ? readFileSync("scripts/lib/pulumi/deploy.mjs", "utf8")
    : "";
  return own + shared + readFileSync("scripts/lib/command/arguments.mjs", "utf8");
}

test("there is something to look at", () => {
  expect(told.length).toBeGreaterThan(150);
  expect(told.flatMap(({ rest }) => optionsIn(rest)).length).toBeGreaterThan(30);
});

test("every command is one of ours", () => {
  expect(told.filter(({ command }) => scripts[command] === undefined)).toEqual([]);
});

test("npm hands an option on only behind --", () => {
  expect(told.filter(({ rest }) => / --[a-z]/.test(rest.split(" -- ")[0] ?? ""))).toEqual([]);
});

test("every option is known to its command", () => {
  const unknown = told
    // Pulumi's own options, and those of tests.
    .filter(({ command }) => command !== "pulumi" && existsSync(`scripts/${command}.mjs`))
    .flatMap(({ file, command, rest }) =>
      optionsIn(rest)
        .filter(
          (option) =>
            !new RegExp(`(?:^|[\\s{])["']?${option}["']?: |"--${option}|--${option} <`, "m").test(
              declaredBy(command),
            ),
        )
        .map((option) => `${file}: npm run ${command} -- --${option}`),
    );
  expect(unknown).toEqual([]);
});

test("a step that fails on a first up advises nothing that takes a complete semester", () => {
  const scriptsOfMachines = files.filter((file) => file.startsWith("components/shell/"));
  expect(
    scriptsOfMachines.filter((file) => readFileSync(file, "utf8").includes("--target")),
  ).toEqual([]);
});
