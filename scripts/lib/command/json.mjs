// @ts-check

/**
 * JSON.parse, with a result that has to be looked at before it is used.
 * @param {string} text
 * @returns {unknown}
 */
export function parseJson(text) {
  return JSON.parse(text);
}

/**
 * What is somewhere below a value that may be anything.
 * @param {unknown} value
 * @param {readonly string[]} path
 * @returns {unknown}
 */
export function at(value, ...path) {
  return path.reduce(
    (/** @type {unknown} */ part, key) =>
      typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    value,
  );
}
