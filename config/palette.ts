/** From the one colour of a course's pages to those in which text can be read everywhere. */

/** Colours as `#rrggbb`. */
export interface Palette {
  /** A button, and the text on it. */
  readonly button: string;
  readonly buttonText: string;
  /** A link on a light page, and on a dark one. */
  readonly onLight: string;
  readonly onDark: string;
}

/** Where links are read: Bootstrap's pages with a tinted box (an alert, a table's row) on them. */
const lightest = "#e9ecef";
const darkest = "#2b3035";
/** The contrast that WCAG 2 (AA) asks for between text and what it stands on. */
const readable = 4.5;

type Rgb = readonly [red: number, green: number, blue: number];

/** The palette of a colour written as `#rrggbb`. */
export function paletteOf(colour: string): Palette {
  return {
    button: colour,
    buttonText: contrast(colour, "#ffffff") >= readable ? "#ffffff" : "#000000",
    onLight: towards(colour, "#000000", lightest),
    onDark: towards(colour, "#ffffff", darkest),
  };
}

/** The first colour on the way to black or white that can be read on a background. */
function towards(colour: string, end: string, background: string): string {
  const from = channels(colour);
  const to = channels(end);
  for (let step = 0; step < 100; step++) {
    const mixed = from.map((value, index) =>
      Math.round(value + (((to[index] ?? 0) - value) * step) / 100),
    );
    const written = `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
    if (contrast(written, background) >= readable) return written;
  }
  return end;
}

/** The contrast of two colours as WCAG 2 defines it: from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour);
  const linear = (value: number) =>
    value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function channels(colour: string): Rgb {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
