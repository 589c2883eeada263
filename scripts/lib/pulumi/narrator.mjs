// @ts-check
// Pulumi's plain output, made shorter: off a terminal it writes a line for every line that an image's
// build prints. What is done stays, what is going on is remembered, everything else is handed through.

/** Sign, type, name, what happens to it, for how long, and what it says. */
const resourceLine =
  /^ ?([-+~<>=]{1,2}|) +([\w-]+:[\w/-]+:[\w-]+) (\S+) (creating replacement|deleting original|creating|updating|deleting|replacing|reading|refreshing|importing|discarding) \((\d+)s\) ?(.*)$/;
const finishedLine =
  /^ ?([-+~<>=]{1,2}|) +([\w-]+:[\w/-]+:[\w-]+) (\S+) (created|updated|deleted|replaced|read|refresh|imported|created replacement|deleted original) \(([\d.]+)s\)(.*)$/;
/** Looked at, and as it was: after a refresh Pulumi says so of every resource. */
const unchangedLine = /^ {4}[\w-]+:[\w/-]+:[\w-]+ (\S+) +(?:running)? *$/;
/** A script that failed, or what starts one on a machine: Pulumi says it in whole, ahead of its words. */
const script = /: running "(?:[^"\\]|\\.)*"/g;
/** "@ updating....": how Pulumi says that it is alive; a line of its own, or ahead of the next. */
const dots = /^(@ \w+\.*|\.+)(?=$| )/;

/** Sorts the lines of one run of Pulumi. */
export class Narrator {
  constructor() {
    /** What is being worked on: by name, with the last thing it said. @type {Map<string, string>} */
    this.working = new Map();
  }

  /**
   * @param {string} heard
   * @returns {string | undefined} what to show of it
   */
  hear(heard) {
    const line = heard.replace(dots, "").replace(script, "");
    if (line === "" && heard !== "") return undefined;
    const done = finishedLine.exec(line);
    if (done !== null) {
      const [, sign = "", type = "", name = "", what = "", seconds = ""] = done;
      this.working.delete(name);
      // Components hold other resources and are nothing themselves.
      if (type.startsWith("semesterhub:index:") || type.startsWith("pulumi:")) return undefined;
      // Said once more of what was created and deleted a moment ago.
      if (what === "replaced") return undefined;
      // Looked at; what came of it follows.
      if (what === "refresh") return undefined;
      return `  ${sign.padEnd(2)} ${name} ${what} (${seconds} s)`;
    }
    const same = unchangedLine.exec(line);
    if (same !== null) {
      this.working.delete(same[1] ?? "");
      return undefined;
    }
    const at = resourceLine.exec(line);
    if (at !== null) {
      const [, , type = "", name = "", , , said = ""] = at;
      if (!type.startsWith("semesterhub:index:") && !type.startsWith("pulumi:")) {
        this.working.set(name, said === "" ? (this.working.get(name) ?? "") : said);
      }
      return undefined;
    }
    return line;
  }

  /** What is going on, in a line; nothing when nothing is. */
  present() {
    const longest = 100;
    return [...this.working]
      .map(([name, said]) => (said === "" ? name : `${name}: ${said}`))
      .map((text) => (text.length > longest ? `${text.slice(0, longest)}…` : text))
      .join(" | ");
  }
}
