/** What must hold between the roster's names and the accounts that a login method accepts. */
import type { Problem } from "../problems";
import type { Rule } from "./rule";

/** How many names a message quotes. */
const quoted = 3;

/** "a, b, c and 217 more". */
function some(names: readonly string[]): string {
  const more = names.length - quoted;
  return names.slice(0, quoted).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A workshop has guests where a course has students, one phrase for each kind, and a limit for homes. */
export const checkWorkshop: Rule = ({ login, roster, student, platform }) => {
  if (login?.method !== "workshop") return [];
  const problems: Problem[] = [];
  if (roster && roster.students.length > 0) {
    problems.push({
      path: ["roster", "students"],
      value: some(roster.students),
      problem: "can't log in: a workshop's guests get made-up names",
      fix: "leave students out, and name the staff in roster.staff",
    });
  }
  if (login.passphrase === login.staffPassphrase) {
    problems.push({
      path: ["login", "staffPassphrase"],
      value: "(secret)",
      problem: "is the guests' pass phrase: anybody could log in as staff",
      fix: "choose another one",
    });
  }
  if (platform !== undefined && platform !== "local" && student?.homeQuota === undefined) {
    problems.push({
      path: ["student", "homeQuota"],
      problem: "is missing: anybody with the pass phrase could fill the disk",
      fix: 'write a size, for example "1G"',
    });
  }
  return problems;
};

/**
 * Google names people by address. With one hosted domain, a roster may have the address or the part
 * before the @; with several, only addresses tell two people apart.
 */
export const checkGoogleNames: Rule = ({ login, roster }) => {
  if (login?.method !== "google" || !roster) return [];
  const domains = login.hostedDomains.map((domain) => domain.toLowerCase());
  const names = [...roster.students, ...roster.staff];
  const domainOf = (name: string) => name.slice(name.lastIndexOf("@") + 1);
  const elsewhere = names.filter((name) => name.includes("@") && !domains.includes(domainOf(name)));
  const bare = domains.length > 1 ? names.filter((name) => !name.includes("@")) : [];
  const problems: Problem[] = [];
  if (elsewhere.length > 0) {
    problems.push({
      path: ["roster"],
      value: some(elsewhere),
      problem: `can't log in: login.hostedDomains accepts ${domains.join(", ")} only`,
      fix: "add their domains to login.hostedDomains, or write the addresses that Google knows",
    });
  }
  if (bare.length > 0) {
    problems.push({
      path: ["roster"],
      value: some(bare),
      problem: "can't log in: with several login.hostedDomains a name is the whole address",
      fix: `write the addresses, for example ${bare[0] ?? "ada"}@${domains[0] ?? "example.edu"}`,
    });
  }
  return problems;
};
