// @ts-check
// How what differs is told.

/**
 * @typedef {object} Difference
 * @property {string} machine "" where it is a matter of the course as a whole
 * @property {string} about what differs
 * @property {string} wanted
 * @property {string} found
 * @property {string} from the resource that made it
 */

/**
 * @param {string} stack
 * @param {readonly Difference[]} differences
 * @param {number} looked how many things were looked at
 */
export function report(stack, differences, looked) {
  if (differences.length === 0) {
    return `${stack} is as it was declared: ${looked} things were looked at, and what a refresh sees.`;
  }
  const lines = differences.map(({ machine, about, wanted, found }) => {
    const place = machine === "" ? "" : ` on ${machine}`;
    return `${about}${place}\n    wanted: ${wanted}\n    found:  ${found}`;
  });
  const count =
    differences.length === 1 ? "One thing differs" : `${differences.length} things differ`;
  return [
    `${count} from what ${stack} declares:`,
    "",
    ...lines,
    "",
    `npm run up -- --stack ${stack} --refresh puts back what a refresh sees. A file or a unit is written`,
    "again when its resource is: npm run pulumi -- up --replace URN, with the resource's name from --json.",
  ].join("\n");
}
