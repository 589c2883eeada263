// @ts-check
// Asks machines whether what scripts made is still there as they made it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../command/fail.mjs";
import { run } from "../command/run.mjs";
import { runOver } from "./ssh.mjs";

const script = readFileSync(join(import.meta.dirname, "look.sh"), "utf8");

/**
 * The answers that are wrong.
 * @param {readonly import("./wanted.mjs").Wanted[]} wanted
 * @param {(machine: string) => import("./ssh.mjs").Connection | undefined} connectionTo none: this computer
 * @returns {Promise<import("./report.mjs").Difference[]>}
 */
export async function look(wanted, connectionTo) {
  const machines = [...new Set(wanted.map(({ machine }) => machine))];
  const found = await Promise.all(
    machines.map(async (machine) => {
      const ours = wanted.filter((one) => one.machine === machine);
      const questions = ours.map(({ word, about }) => `${word}\t${about}\n`).join("");
      const connection = connectionTo(machine);
      const answer =
        connection === undefined
          ? await here(questions)
          : await runOver(connection, `sh -c ${quoted(script)}`, questions);
      const facts = answer.trimEnd().split("\n");
      if (facts.length !== ours.length) {
        throw new Failure(`${machine} gave ${facts.length} answers to ${ours.length} questions.`);
      }
      return ours.flatMap(({ word, about, right, from }, index) => {
        const fact = facts[index] ?? "";
        if (right.includes(fact)) return [];
        return [
          { machine, about: `${word} of ${about}`, wanted: right.join(" or "), found: fact, from },
        ];
      });
    }),
  );
  return found.flat();
}

/** @param {string} questions */
async function here(questions) {
  const { code, stdout, stderr } = await run("sh", ["-c", script], { input: questions });
  if (code !== 0) throw new Failure(`Looking at this computer failed: ${stderr}`);
  return stdout;
}

/** @param {string} text as one word of a shell's */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
