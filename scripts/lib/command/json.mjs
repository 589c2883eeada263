// @ts-check

/**
 * JSON.parse, with a result that has to be looked at before it is used.
 * @param {string} text
 * @returns {unknown}
 */
export function parseJson(text) {
  return JSON.parse(text);
}
