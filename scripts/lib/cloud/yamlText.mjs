// @ts-check

/**
 * The value at a path of keys as text, where there is one; of a list, its values with commas.
 * @param {unknown} node
 * @param {...string} path
 * @returns {string | undefined}
 */
export function textAt(node, ...path) {
  const [key, ...rest] = path;
  if (key !== undefined) {
    if (typeof node !== "object" || node === null) return undefined;
    return textAt(/** @type {Record<string, unknown>} */ (node)[key], ...rest);
  }
  if (Array.isArray(node)) return node.map(String).join(",");
  if (typeof node === "string") return node;
  return typeof node === "number" || typeof node === "boolean" ? String(node) : undefined;
}
