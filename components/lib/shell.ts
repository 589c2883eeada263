/** The POSIX scripts of `components/shell`, as they travel to machines. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The text of a script in `components/shell`, with those functions of shared.sh that it calls and without
 * comments: what a comment says is no reason to run a script again. Scripts are files, so that shellcheck
 * reads them, and take their values from the environment or standard input only.
 */
export function shellScript(file: string): string {
  const script = read(file);
  return functionsFor(read("shared.sh"), [script]) + script;
}

function read(file: string): string {
  return withoutComments(readFileSync(join(__dirname, "..", "shell", file), "utf8"));
}

/** The tag of a here-document that begins on a line. */
const hereDocument = /<<-?\s*(["']?)(\w+)\1/;

/** Leaves out blank lines and lines that are comments; what a here-document holds stays as it is. */
export function withoutComments(script: string): string {
  let end: string | undefined;
  const kept = script.split("\n").filter((line) => {
    if (end !== undefined) {
      if (line.trim() === end) end = undefined;
      return true;
    }
    if (/^\s*(#|$)/.test(line)) return false;
    end = hereDocument.exec(line)?.[2];
    return true;
  });
  return `${kept.join("\n")}\n`;
}

/**
 * Those functions of a library of shell functions that some scripts call, directly or through others.
 * So a change of one function runs again only what calls it.
 */
export function functionsFor(library: string, scripts: readonly string[]): string {
  const functions = new Map(
    [...library.matchAll(/^(\w+)\(\) \{(?:.*\}$|[^]*?^\}$)/gm)].map(([text, name = ""]) => [
      name,
      text,
    ]),
  );
  const calls = (text: string) =>
    [...functions.keys()].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  const needed = new Set<string>();
  const need = (text: string): void => {
    for (const name of calls(text)) {
      if (needed.has(name)) continue;
      needed.add(name);
      need(functions.get(name) ?? "");
    }
  };
  scripts.forEach(need);
  return [...functions].flatMap(([name, text]) => (needed.has(name) ? [`${text}\n`] : [])).join("");
}
