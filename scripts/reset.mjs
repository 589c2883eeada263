// @ts-check
// npm run reset: forgets a semester on this computer altogether. For development.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./lib/command/arguments.mjs";
import { removeFolder, whyKeep } from "./lib/course/data.mjs";
import { Failure } from "./lib/command/fail.mjs";
import { paths } from "./lib/command/paths.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { confirmByName } from "./lib/command/prompt.mjs";
import { freeLock } from "./lib/pulumi/recover.mjs";
import { readConfig } from "./lib/pulumi/config.mjs";
import { openStack } from "./lib/pulumi/stack.mjs";
import { readStackFile } from "./lib/pulumi/stackFile.mjs";
import { Engine } from "./lib/docker/engine.mjs";
import { leaveOwnSwarm, stillThere, sweep } from "./lib/docker/stackObjects.mjs";

const command = {
  name: "reset",
  about:
    "For development: forgets a semester on this computer, with students' files, backups and state,\n" +
    "whatever shape it is in. Asks for the stack's name. Other platforms are refused.",
  options: {
    confirm: { value: "NAME", about: "the stack's name, where nobody can be asked for it" },
  },
};

await runCommand(command, async (args, name) => {
  const { platform } = readStackFile(name);
  if (platform !== "local") {
    throw new Failure(`reset is for the platform local, and ${name} is on ${platform}.`, {
      fix: "npm run down ends a semester elsewhere, and keeps its data.",
    });
  }
  const stack = await openStack(name);
  await stack.open();
  const { storage, backup } = await readConfig(stack);
  const backups = /^file:\/\/(\/.*)$/.exec(backup.target)?.[1];
  const folders = [storage.path, ...(backups === undefined ? [] : [backups])];
  for (const folder of folders) {
    const reason = whyKeep(folder);
    if (reason !== undefined) throw new Failure(`${folder} is not removed: ${reason}.`);
  }
  await confirmByName(
    `This forgets ${name}: its services, its state, and these folders with everything in them:\n${folders.map((folder) => `  ${folder}`).join("\n")}`,
    name,
    args.get("confirm"),
  );
  const progress = new Progress();
  await freeLock(stack, progress);
  const engine = new Engine("this computer");
  const stuck = await sweep(engine, name, progress);
  const left = await leaveOwnSwarm(engine, name, progress);
  if (stuck.length > 0 && !left) throw stillThere(stuck);
  for (const folder of folders) {
    await progress.step(`Removing ${folder}`, () => removeFolder(folder));
  }
  await stack.attempt("Removing the state", () =>
    stack.workspace.removeStack(name, { force: true, preserveConfig: true }),
  );
  for (const file of [`Pulumi.${name}.yaml`, `${name}.with-salt.yaml`]) {
    rmSync(join(paths.stacks, file), { force: true });
  }
  progress.mark("ok", "the state is removed");
  progress.line(`\n${name} is forgotten. npm run up makes it anew.`);
  return 0;
});
