import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a file may hold: the version that its owner was told is saved, or one of which nobody heard. */
interface Entry {
  told: string | undefined;
  readonly unsure: Set<string>;
}

/** What each student was told is saved, in the order of being told. */
export class Ledger {
  private readonly entries = new Map<string, Entry>();
  /** Saves that were confirmed. */
  confirmed = 0;

  /** A save is about to be asked for: it may happen even if no answer comes. */
  asked(student: string, file: string, content: string): void {
    this.entry(student, file).unsure.add(digest(content));
  }

  /** The answer was that it is saved: from now on nothing older is right. */
  told(student: string, file: string, content: string): void {
    const entry = this.entry(student, file);
    entry.told = digest(content);
    entry.unsure.clear();
    this.confirmed += 1;
  }

  /** Whether a content is one that the file may have. */
  fits(student: string, file: string, content: string | Buffer): boolean {
    const { told, unsure } = this.entry(student, file);
    const found = digest(content);
    return told === undefined || told === found || unsure.has(found);
  }

  /** Whether the owner was told that the file is there. */
  expects(student: string, file: string): boolean {
    return this.entry(student, file).told !== undefined;
  }

  /** The files below a folder of homes that are not what their owners were told. */
  lost(homes: string): string[] {
    return [...this.entries].flatMap(([place, { told }]) => {
      if (told === undefined) return [];
      const [student = "", file = ""] = place.split("/");
      const path = join(homes, student, file);
      if (!existsSync(path)) return [`${place} is not there`];
      return this.fits(student, file, readFileSync(path)) ? [] : [`${place} has other content`];
    });
  }

  /** One file of each student that was confirmed. */
  samples(): { readonly student: string; readonly file: string }[] {
    const first = new Map<string, string>();
    for (const [place, { told }] of this.entries) {
      const [student = "", file = ""] = place.split("/");
      if (told !== undefined && !first.has(student)) first.set(student, file);
    }
    return [...first].map(([student, file]) => ({ student, file }));
  }

  private entry(student: string, file: string): Entry {
    const place = `${student}/${file}`;
    const entry = this.entries.get(place) ?? { told: undefined, unsure: new Set() };
    this.entries.set(place, entry);
    return entry;
  }
}

function digest(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
