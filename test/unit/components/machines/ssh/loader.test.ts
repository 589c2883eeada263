// What travels on SSH's standard input, taken apart by a real shell as a machine does it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import fc from "fast-check";
import { remoteCommandLine, remoteInput } from "../../../../../components/machines/ssh/connection";

const folder = mkdtempSync(join(tmpdir(), "semesterhub-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let scripts = 0;
/** A script, by the name that `components/shell` would know it by. */
function script(text: string): string {
  const file = join(folder, `${++scripts}.sh`);
  writeFileSync(file, text);
  return relative(resolve("components/shell"), file);
}

const printAll = script('printf "%s" "$VALUE"; printf "\\0"; cat');
const printMany = script('printf "%s\\0" "$A" "$B" "$C" "$D"; cat');

function load(
  args: Partial<Parameters<typeof remoteInput>[0]> & { create: string },
  { phase = "create", shell = "sh" }: { phase?: "create" | "delete"; shell?: string } = {},
) {
  const input = remoteInput({
    machine: "node-1",
    step: "semesterhub-dev-machine-node-1-base",
    ...args,
  });
  // As sshd does it: the command line is the login shell's.
  const { status, stdout, stderr } = spawnSync(shell, ["-c", remoteCommandLine(phase, "root")], {
    input,
    encoding: "utf8",
    cwd: folder,
  });
  return { status, stdout, stderr };
}

describe.each(["sh", "bash"])("in %s", (shell) => {
  test.each([
    ["nothing", ""],
    ["spaces and quotes", ` it's "quoted" $HOME \`id\` \\n `],
    ["newlines, also at the end", "\n one\ntwo\n\n"],
    ["what isn't ASCII", "Zoë Čapek 漢字 🙂"],
    ["words of the loader", "stdin\ncreate ZXhpdA==\n"],
    ["many", "x".repeat(200_000)],
  ])("%s arrives, in the environment and on standard input", (_, text) => {
    // One variable of more than 128 KB is more than a program may be started with.
    const value = text.slice(0, 100_000);
    expect(
      load({ create: printAll, environment: { VALUE: value }, stdin: text }, { shell }),
    ).toEqual({ status: 0, stdout: `${value}\0${text}`, stderr: "" });
  });

  test("exit codes come back, with the machine, the step and what to do", () => {
    const { status, stderr } = load({ create: script("echo why >&2; exit 7") }, { shell });
    expect(status).toBe(7);
    expect(stderr).toBe(
      "why\nnode-1: the step semesterhub-dev-machine-node-1-base failed (exit status 7); what is wrong stands " +
        "above. Once it is put right, npm run up again: it goes on from there.\n",
    );
  });

  test("set -e and traps are the script's own", () => {
    const { status, stdout } = load(
      { create: script('set -e\ntrap "echo cleaned" EXIT\nfalse\necho not reached\n') },
      { shell },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "cleaned\n" });
  });

  test("a script that isn't one fails", () => {
    expect(load({ create: script("if then fi (") }, { shell }).status).not.toBe(0);
  });
});

test("delete runs the other script; without one, nothing", () => {
  const [made, undone] = [script("echo made"), script("echo undone")];
  const both = { create: made, delete: undone };
  expect(load(both).stdout).toBe("made\n");
  expect(load(both, { phase: "delete" }).stdout).toBe("undone\n");
  expect(load({ create: made }, { phase: "delete" })).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
});

test("a script has the shared functions", () => {
  const file = join(folder, "put");
  const twice = `echo text | put ${file} && echo changed; echo text | put ${file} || echo same; fail no`;
  expect(load({ create: script(twice) })).toMatchObject({ status: 1, stdout: "changed\nsame\n" });
  expect(readFileSync(file, "utf8")).toBe("text\n");
});

test("no process shows what travels", () => {
  const show = script("ps -o args= -p $$; ps -e -o args=");
  const { stdout } = load({ create: show, environment: { VALUE: "hidden" }, stdin: "unseen" });
  expect(stdout).toContain("phase=create");
  expect(stdout).not.toMatch(/hidden|unseen|ps -o args= -p \$\$/);
});

test("a connection that ends early runs nothing", () => {
  const whole = remoteInput({
    machine: "m",
    step: "s",
    create: script("echo ran"),
    environment: { VALUE: "x" },
  });
  for (const part of [0, 1, 100]) {
    const input = whole.slice(0, part);
    const { status, stdout } = spawnSync("sh", ["-c", remoteCommandLine("create", "root")], {
      input,
      encoding: "utf8",
    });
    expect({ part, ran: stdout, failed: status !== 0 }).toEqual({ part, ran: "", failed: true });
  }
});

test("a variable's name can't be anything else", () => {
  expect(() =>
    remoteInput({ machine: "m", step: "s", create: printAll, environment: { "A;b": "" } }),
  ).toThrow("can't be an environment variable");
});

test("any text arrives as it is", () => {
  // Of all characters but NUL and halves of pairs. fc.string would make a table of a million first.
  const code = fc.integer({ min: 1, max: 0x10ffff }).filter((one) => one < 0xd800 || one > 0xdfff);
  const text = fc.array(code).map((codes) => String.fromCodePoint(...codes));
  fc.assert(
    fc.property(text, text, text, text, text, (A, B, C, D, stdin) => {
      const { stdout } = load({ create: printMany, environment: { A, B, C, D }, stdin });
      return stdout === [A, B, C, D, stdin].join("\0");
    }),
    { numRuns: 10 },
  );
});
