// @ts-check
// How numbers, times and tables are written; pure functions.

const units = ["B", "KB", "MB", "GB", "TB"];

/**
 * Bytes as a person reads them, in powers of 1024: 1610612736 is "1.5 GB".
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, "")} ${units[unit] ?? ""}`;
}

/** A duration: "0.4 s", "12 s", "3 min 20 s", "2 h 5 min", "3 days". @param {number} seconds */
export function formatDuration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1).replace(/\.0$/, "")} s`;
  if (seconds < 60) return `${String(Math.round(seconds))} s`;
  if (seconds < 3600) {
    const whole = Math.round(seconds);
    const rest = whole % 60;
    return `${String(Math.floor(whole / 60))} min${rest === 0 ? "" : ` ${String(rest)} s`}`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) {
    const rest = minutes % 60;
    return `${String(Math.floor(minutes / 60))} h${rest === 0 ? "" : ` ${String(rest)} min`}`;
  }
  return `${String(Math.round(minutes / 60 / 24))} days`;
}

/**
 * Rows as aligned columns, without a frame; the last column is not padded.
 * @param {readonly (readonly string[])[]} rows
 * @param {string} [indent] what each line starts with
 */
export function table(rows, indent = "  ") {
  const widths = rows.reduce(
    (/** @type {number[]} */ known, row) =>
      row.map((cell, column) => Math.max(cell.length, known[column] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2),
        )
        .join(""),
    )
    .map((line) => `${indent}${line}`.trimEnd())
    .join("\n");
}

/**
 * "1 service", "3 services".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = `${one}s`) {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/** The words as "a", "a and b", "a, b and c". @param {readonly string[]} words */
export function listed(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
