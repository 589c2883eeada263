/** What a check is: a small function on the sections that were well written. */
import type { HostFacts } from "../hostFacts";
import type { Problem } from "../problems";
import type { Sections } from "../schema";
import type { Roster } from "../types";

/** The sections that were well written, beside what was found around the configuration. */
export interface Checked extends Partial<Omit<Sections, "roster">> {
  readonly stack: string;
  /** The merged roster, where it could be read. */
  readonly roster?: Roster;
  /** The sections that are written in the configuration, well or not. */
  readonly present: ReadonlySet<string>;
  readonly hostFacts: HostFacts;
}

/** A rule: what is wrong, one problem each. */
export type Rule = (checked: Checked) => readonly Problem[];
