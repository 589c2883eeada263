// @ts-check
// npm run down: ends the semester and keeps its files.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./lib/command/arguments.mjs";
import { removeFolder, whyKeep } from "./lib/course/data.mjs";
import { exitCodes, Failure } from "./lib/command/fail.mjs";
import { readOutputs } from "./lib/pulumi/outputs.mjs";
import { paths, prefixOf } from "./lib/command/paths.mjs";
import { Progress } from "./lib/command/progress.mjs";
import { confirm, confirmByName } from "./lib/command/prompt.mjs";
import { freeLock, settlePending } from "./lib/pulumi/recover.mjs";
import { platformOf } from "./lib/pulumi/stackFile.mjs";
import { existingStack } from "./lib/pulumi/stack.mjs";
import { splitUrn } from "./lib/pulumi/state.mjs";
import { Engine } from "./lib/docker/engine.mjs";
import { leaveOwnSwarm, stillThere, sweep } from "./lib/docker/stackObjects.mjs";

const command = {
  name: "down",
  about:
    "Ends the semester: stops the students' servers, takes a last backup, removes everything that\n" +
    "npm run up made. Students' files and the backups stay, and it says where they are.",
  pulumi: "pulumi destroy --exclude-protected",
  options: {
    yes: { short: "y", about: "does not ask" },
    "delete-data": { about: "removes the students' files too; asks for the stack's name" },
    "without-backup": { about: "goes on although no last backup can be taken; asks for the name" },
    confirm: { value: "NAME", about: "the stack's name, where nobody can be asked for it" },
  },
};

/**
 * Keeps what the backups are encrypted with, which the state forgets when the semester ends.
 * @param {string} stack
 * @param {string} passphrase
 * @returns {string} the file it is in
 */
function keepPassphrase(stack, passphrase) {
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 });
  const file = join(paths.keys, `${stack}-backups-${new Date().toISOString().slice(0, 10)}.txt`);
  writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
  return file;
}

/**
 * Takes the backups out of what the destroy does.
 * @param {import("./lib/pulumi/stack.mjs").Stack} stack
 * @param {readonly import("./lib/pulumi/state.mjs").StateResource[]} resources
 */
async function forgetFinalBackup(stack, resources) {
  // The guard waits for the other one.
  for (const name of ["pre-destroy-backup", "final-backup"]) {
    for (const { urn } of resources) {
      if (splitUrn(urn)[1] !== name) continue;
      await stack.must(["state", "delete", urn, "--yes", "--force"], "Leaving out the last backup");
    }
  }
}

await runCommand(command, async (args, name) => {
  const local = platformOf(name) === "local";
  const deleteData = args.has("delete-data");
  if (deleteData && !local) {
    throw new Failure("--delete-data is for the platform local.", {
      fix: "Elsewhere the data is on a protected volume: remove that where the machines are.",
    });
  }
  const stack = await existingStack(name);
  const outputs = await readOutputs(stack).catch(() => undefined);
  const files = outputs?.storage.path;
  if (deleteData) {
    const reason = files === undefined ? "the state does not know where they are" : whyKeep(files);
    if (reason !== undefined) throw new Failure(`The students' files are not removed: ${reason}.`);
    const warning = `This removes every student's files of ${name} in ${files ?? ""}. It can't be undone.`;
    await confirmByName(warning, name, args.get("confirm"));
  } else if (args.has("without-backup")) {
    const warning = `This ends ${name} without a last backup.`;
    await confirmByName(warning, name, args.get("confirm"));
  } else {
    await confirm(`End the semester ${name}? Files and backups stay.`, args.has("yes"));
  }

  const progress = new Progress();
  const engine = new Engine("this computer");
  await freeLock(stack, progress);
  await settlePending(stack, progress);
  const passphrase = outputs?.backupPassphrase;
  const key = passphrase && keepPassphrase(name, passphrase);
  const { resources = [] } = await stack.deployment();
  const kept = resources.filter(({ protect }) => protect === true).map(({ urn }) => urn);
  if (args.has("without-backup")) await forgetFinalBackup(stack, resources);

  progress.heading(`Ending ${prefixOf(name)}`);
  const options = { excludeProtected: kept.length > 0 };
  let { error, interrupted } = await stack.run("destroy", progress, options);
  // What Docker holds on to for no reason goes with the Swarm, if that is ours alone.
  const failed = error !== undefined && !interrupted;
  if (failed && local && (await leaveOwnSwarm(engine, name, progress))) {
    ({ error, interrupted } = await stack.run("destroy", progress, options));
  }
  if (error === undefined && !interrupted && deleteData && kept.length > 0) {
    // What stands before a destroy is gone by now.
    await stack.must(["state", "unprotect", "--all", "--yes"], "Lifting the protection");
    ({ error, interrupted } = await stack.run("destroy", progress, {}));
  }
  if (interrupted) {
    throw new Failure(
      "Interrupted. npm run down goes on from here, npm run up brings the semester back.",
      { code: exitCodes.interrupted },
    );
  }
  if (error !== undefined) {
    throw new Failure("The semester is not completely down; what is wrong stands above.", {
      fix: "See to it and run npm run down again; if only the last backup fails, npm run down -- --without-backup.",
    });
  }
  progress.heading("What is left");
  const stuck = local ? await sweep(engine, name, progress) : [];
  if (stuck.length > 0) throw stillThere(stuck);
  if (kept.length > 0 && !deleteData) {
    const names = kept.map((urn) => splitUrn(urn)[1]).join(", ");
    progress.mark("ok", `protected, and kept for the next up: ${names}`);
  }
  if (outputs !== undefined) {
    const { path, backups } = outputs.storage;
    if (deleteData) await progress.step(`Removing ${path}`, () => removeFolder(path));
    else progress.mark("ok", `students' files: ${path}`);
    progress.mark("ok", `backups: ${backups}`);
  }
  if (key) progress.mark("ok", `the passphrase of the backups: ${key}`);
  progress.line(
    `\n${name} is down. npm run up brings it back${deleteData ? "" : ", with its files"}.`,
  );
  return 0;
});
