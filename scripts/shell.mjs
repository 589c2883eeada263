// @ts-check
// npm run shell PART: a shell inside a part of the course.
import { finished } from "node:stream/promises";
import { runCommand } from "./lib/command/arguments.mjs";
import { canAsk } from "./lib/command/prompt.mjs";
import { demux } from "./lib/docker/streams.mjs";
import { openEngines } from "./lib/docker/engines.mjs";
import { findPart, partNames } from "./lib/docker/parts.mjs";

const command = {
  name: "shell",
  about:
    "Opens a shell in a part of the course, as the user that the part runs as. Without a terminal it\n" +
    "runs what comes on standard input.",
  positionals: "PART [NAME [SERVER]]",
  least: 1,
  most: 3,
  options: { root: { about: "as root (a student's server: still without any capability)" } },
  more: `Parts: ${partNames}.`,
};

const shell = "if command -v bash >/dev/null; then exec bash; else exec sh; fi";

await runCommand(command, async (args, stack) => {
  const engines = await openEngines(stack);
  const { engine, id } = await findPart(engines, args.words);
  const terminal = canAsk();
  if (args.words[0] === "student" && terminal) {
    console.error(
      `These are ${args.words[1] ?? ""}'s own files, and what you do here is done in their name.`,
    );
  }
  const exec = await engine.patient.getContainer(id).exec({
    Cmd: ["sh", "-c", shell],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: terminal,
    ...(args.has("root") ? { User: "0:0" } : {}),
    ...(terminal ? { Env: [`TERM=${process.env["TERM"] ?? "xterm"}`] } : {}),
  });
  const stream = await exec.start({ hijack: true, stdin: true, Tty: terminal });
  process.stdin.pipe(stream);
  if (terminal) {
    const resize = () => {
      const { rows: h, columns: w } = process.stdout;
      void exec.resize({ h, w }).catch(() => undefined);
    };
    resize();
    process.stdout.on("resize", resize);
    process.stdin.setRawMode(true);
    stream.pipe(process.stdout);
  } else {
    demux(engine.patient, stream, process.stdout, process.stderr);
  }
  await finished(stream, { writable: false });
  if (terminal) process.stdin.setRawMode(false);
  process.stdin.unref();
  return (await exec.inspect()).ExitCode ?? 1;
});
