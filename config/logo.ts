/** The picture of a course: which kind it is, told by its first bytes and not by its name. */

/** A picture as pages embed it. */
export interface Logo {
  /** image/png and the like. */
  readonly type: string;
  readonly base64: string;
}

/** Pages that stand in for the hub have it inside of themselves. */
const largest = 64 * 2 ** 10;

/** Reads a picture, or says what is wrong with it: completes "the file …". */
export function readLogo(bytes: Buffer): Logo | { readonly problem: string } {
  if (bytes.length > largest) {
    return { problem: `has ${Math.ceil(bytes.length / 2 ** 10)}K; pages take at most 64K` };
  }
  const type = typeOf(bytes);
  return type === undefined
    ? { problem: "is neither SVG, PNG, JPEG nor WebP" }
    : { type, base64: bytes.toString("base64") };
}

function typeOf(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 12).toString("latin1");
  if (head.startsWith("\x89PNG\r\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^RIFF.{4}WEBP$/s.test(head)) return "image/webp";
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  // Comments, a document type and the XML declaration may come first.
  return /^(\s|<\?[^>]*>|<!--.*?-->|<![^>]*>)*<svg[\s>]/s.test(text) ? "image/svg+xml" : undefined;
}
