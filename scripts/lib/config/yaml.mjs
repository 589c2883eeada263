// @ts-check

/**
 * A value, a list of values, or nested keys.
 * @typedef {string | string[] | YamlMapping} YamlNode
 * @typedef {Map<string, unknown>} YamlMapping
 */

/**
 * Reads the part of YAML that a Pulumi.<stack>.yaml is written in: nested keys, plain and quoted
 * values, block lists, mappings in braces, comments. It exists because the checks before the first `up` run when no
 * package is installed yet. What it can't read it leaves out: the program reads the file properly
 * later, and says what is wrong with it.
 * @param {string} text
 * @returns {YamlMapping}
 */
export function readYaml(text) {
  const lines = text
    .split("\n")
    .map((line) => ({ indent: line.search(/\S|$/), content: stripComment(line.trim()) }))
    .filter(({ content }) => content !== "" && content !== "---");
  const node = readBlock(lines, 0, lines[0]?.indent ?? 0).node;
  /** @type {YamlMapping} */
  const nothing = new Map();
  return typeof node === "string" || Array.isArray(node) ? nothing : node;
}

/** @typedef {{ indent: number, content: string }} Line */

/**
 * @param {Line[]} lines
 * @param {number} start
 * @param {number} indent
 * @returns {{ node: YamlNode, next: number }}
 */
function readBlock(lines, start, indent) {
  /** @type {YamlMapping} */
  const mapping = new Map();
  /** @type {string[]} */
  const list = [];
  let at = start;
  for (let line = lines[at]; line !== undefined && line.indent >= indent; line = lines[at]) {
    const item = /^- +(.*)$/.exec(line.content);
    const pair = /^("[^"]*"|'[^']*'|[^\s"'[\]{}#&*!|>%@`][^\s]*):(?:\s+(.*))?$/.exec(line.content);
    at += 1;
    if (line.indent > indent) continue;
    if (item !== null) {
      list.push(scalar(item[1] ?? ""));
    } else if (pair !== null) {
      const key = scalar(pair[1] ?? "");
      // An anchor names a value for others to use; the value is the same without it.
      const value = (pair[2] ?? "").replace(/^&\S+\s*/, "");
      const below = lines[at];
      // A list may stand at its key's own indent.
      const nested =
        below !== undefined &&
        (below.indent > indent || (below.indent === indent && below.content.startsWith("- ")));
      if (value === "" && nested) {
        const block = readBlock(lines, at, below.indent);
        mapping.set(key, block.node);
        at = block.next;
      } else {
        mapping.set(key, braced(value) ?? scalar(value));
      }
      continue;
    }
    if (list.length > 0 && lines[at]?.indent === indent && !lines[at]?.content.startsWith("- ")) {
      break;
    }
  }
  return { node: list.length > 0 ? list : mapping, next: at };
}

/**
 * A mapping on one line: { key: value, … }.
 * @param {string} text
 * @returns {YamlMapping | undefined} nothing where it is none
 */
function braced(text) {
  const inside = /^\{(.*)\}$/.exec(text)?.[1];
  if (inside === undefined) return undefined;
  /** @type {YamlMapping} */
  const mapping = new Map();
  const part = /("[^"]*"|'[^']*'|[^\s:,{}]+)\s*:\s*("[^"]*"|'[^']*'|\{[^{}]*\}|[^,{}]*)/g;
  for (const [, key = "", value = ""] of inside.matchAll(part)) {
    mapping.set(scalar(key), braced(value) ?? scalar(value.trim()));
  }
  return mapping;
}

/** @param {string} text */
function scalar(text) {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted === null ? text : (quoted[2] ?? "");
}

/**
 * A line without its comment; a # inside quotes or a word is none.
 * @param {string} line
 */
function stripComment(line) {
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") {
      quote = letter;
    } else if (letter === "#" && (at === 0 || /\s/.test(line[at - 1] ?? ""))) {
      return line.slice(0, at).trimEnd();
    }
  }
  return line;
}

/**
 * The text at a path of keys, where there is one.
 * @param {unknown} node
 * @param {...string} path
 * @returns {string | undefined}
 */
export function textAt(node, ...path) {
  const [key, ...rest] = path;
  if (key === undefined) return typeof node === "string" ? node : undefined;
  return node instanceof Map ? textAt(node.get(key), ...rest) : undefined;
}
