// @ts-check
// Goes on from where an interrupted command left the state.
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { Failure } from "../command/fail.mjs";
import { paths, prefixOf, project } from "../command/paths.mjs";
import { counted } from "../command/text.mjs";
import { isMissing, reasonOf } from "../docker/engine.mjs";
import { openEngines } from "../docker/engines.mjs";
import { halfMade } from "../docker/stackObjects.mjs";
import { judgeLock, readLocks } from "./locks.mjs";
import { endOrphans, inspectPulumi, isAlive } from "./processes.mjs";

/** How long a pulumi that lost its terminal gets to finish what it is at. */
const graceSeconds = 300;

/**
 * Ends what a killed command left running and opens the lock that nobody holds any more. A command
 * that is at work elsewhere is left alone.
 * @param {import("./stack.mjs").Stack} stack
 * @param {import("../command/progress.mjs").Progress} progress
 */
export async function freeLock(stack, progress) {
  // Other backends know their locks better than we do.
  if (stack.login.own) await freeOwnLock(stack, progress);
  const ended = endOrphans(stack.tools.env["PULUMI_HOME"]);
  if (ended > 0) {
    const processes = counted(ended, "process", "processes");
    progress.mark("ok", `ended ${processes} of an interrupted command`);
  }
}

/**
 * @param {import("./stack.mjs").Stack} stack
 * @param {import("../command/progress.mjs").Progress} progress
 */
async function freeOwnLock(stack, progress) {
  const locks = readLocks(paths.state, project, stack.name);
  for (const lock of locks) {
    const verdict = judgeLock(lock, hostname(), inspectPulumi(lock.pid));
    if (verdict === "wait") {
      throw new Failure(
        `Another command works on ${stack.name}: process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}.`,
        {
          fix:
            lock.hostname === hostname()
              ? `Wait for it, or end it in order with: kill -INT ${lock.pid}`
              : `Wait for it. If that computer is gone: npm run pulumi -- cancel ${stack.name}`,
        },
      );
    }
    if (verdict === "stop") {
      await progress.step(
        `Ending what is left of an interrupted command (process ${lock.pid})`,
        () => endProcess(lock.pid),
      );
    }
  }
  if (locks.length > 0 && readLocks(paths.state, project, stack.name).length > 0) {
    await stack.must(
      ["cancel", "--yes", stack.name],
      "Removing the lock of an interrupted command",
    );
    progress.mark("ok", "the lock of an interrupted command is removed");
  }
}

/** @param {number} pid */
async function endProcess(pid) {
  process.kill(pid, "SIGINT");
  const deadline = Date.now() + graceSeconds * 1000;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      throw new Failure(`Process ${pid} does not end.`, {
        fix: `kill -KILL ${pid}, then run this again.`,
      });
    }
    await wait(250);
  }
}

/**
 * Clears up operations that were begun and of which Pulumi does not know how they ended: what was
 * being made is removed, and the state is brought in line with what is there.
 * @param {import("./stack.mjs").Stack} stack
 * @param {import("../command/progress.mjs").Progress} progress
 */
export async function settlePending(stack, progress) {
  const { pending_operations: pending = [] } = await stack.deployment();
  if (pending.length === 0) return;
  progress.heading(
    `Picking up after an interruption: ${counted(pending.length, "operation")} of unknown outcome`,
  );
  const half = halfMade(pending, prefixOf(stack.name));
  const engines = half.length === 0 ? [] : (await openEngines(stack.name)).all;
  for (const { name, remove, provider } of half) {
    const engine = engines.find(({ remote }) =>
      provider.startsWith(remote === undefined ? "" : `${remote.urn}::`),
    );
    if (engine === undefined) continue;
    try {
      await remove(engine.docker, name);
      progress.mark("ok", `removed ${name}, which was being made`);
    } catch (error) {
      if (isMissing(error)) continue;
      throw new Failure(
        `${name} was being made, and can't be removed${engine.place}: ${reasonOf(error)}`,
        { fix: "Remove it with docker and run this again." },
      );
    }
  }
  const { error } = await stack.run("refresh", progress, { clearPendingCreates: true });
  if (error !== undefined) {
    throw new Failure("The state could not be compared with what is there.", {
      fix: "See to what stands above and run this again.",
    });
  }
}
