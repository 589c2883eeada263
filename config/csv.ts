/** CSV text as records with their lines. What can't be read whole is refused, with the line. */
import { CsvError, parse, type Info } from "csv-parse/sync";

/** A line of a file, with the fields that it has. */
export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** The records of a file, or why it can't be read. */
export type Csv =
  | { readonly records: readonly CsvRecord[]; readonly problem?: never }
  | { readonly problem: { readonly line: number; readonly problem: string; readonly fix: string } };

/** What `info` and `raw` make of a record; the library's types leave it open. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
  readonly raw: string;
}

/** Reads records. Empty ones are passed over; blanks around a field are no part of it. */
export function readCsv(text: string, delimiter = ","): Csv {
  try {
    return { records: recordsOf(text, delimiter).map(withLine) };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { problem: explain(error, text, delimiter) };
  }
}

function recordsOf(text: string, delimiter: string, to?: number): readonly Parsed[] {
  // the library counts a line break of two characters inside quotation marks twice
  return parse(text.replace(/\r\n?/g, "\n"), {
    bom: true,
    delimiter,
    info: true,
    raw: true,
    record_delimiter: "\n",
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
    ...(to !== undefined && { to }),
  }) as unknown as readonly Parsed[];
}

/** The library tells where a record ends; one that has line breaks in it begins earlier. */
function withLine({ record, info, raw }: Parsed): CsvRecord {
  const inside = raw.trim().match(/\n/g)?.length ?? 0;
  return { line: info.lines - inside, fields: record };
}

function explain(error: CsvError, text: string, delimiter: string) {
  const { records, lines } = error as CsvError & {
    readonly records: number;
    readonly lines: number;
  };
  if (error.code !== "CSV_QUOTE_NOT_CLOSED") {
    return {
      line: lines,
      problem: "has a quotation mark in the middle of a field",
      fix: 'put the whole field in quotation marks, and write those inside it twice: "a ""b"" c"',
    };
  }
  // All that follows would be one field. It begins after the last record that is whole.
  const whole = records === 0 ? [] : recordsOf(text, delimiter, records);
  return {
    line: (whole.at(-1)?.info.lines ?? 0) + 1,
    problem: "has a quotation mark that is never closed, so that nobody after it would be read",
    fix: "close it, or take it out",
  };
}
