/** What must hold of the kinds of servers, together and with the class list. */
import type { Problem } from "../problems";
import { profileSlug } from "../profiles";
import { formatSize, nearest } from "../values";
import { environmentProblems } from "./environment";
import type { Checked, Rule } from "./rule";

type Profiles = NonNullable<Checked["profiles"]>;

/** The engine refuses to reserve less, unless it is nothing. */
const smallestReservation = 4 * 2 ** 20;
const quoted = 3;

export const checkProfiles: Rule = (checked) => {
  const { profiles, hostFacts, roster } = checked;
  if (!profiles || profiles.length === 0) return [];
  return [
    ...profiles.flatMap(({ environment }, index) =>
      environment
        ? environmentProblems(["profiles", index, "environment"], environment, hostFacts)
        : [],
    ),
    ...sameName(profiles),
    ...limits(checked, profiles),
    ...(roster ? people(profiles, roster) : []),
    ...guests(checked, profiles),
  ];
};

function sameName(profiles: Profiles): Problem[] {
  const slugs = profiles.map(({ name }) => profileSlug(name));
  return profiles.flatMap(({ name }, index): Problem[] =>
    slugs.indexOf(profileSlug(name)) === index
      ? []
      : [
          {
            path: ["profiles", index, "name"],
            value: name,
            problem: "is the name of a profile before, or too much like it",
            fix: "choose another name",
          },
        ],
  );
}

function limits({ student, platform, hostFacts }: Checked, profiles: Profiles): Problem[] {
  if (!student) return [];
  return profiles.flatMap((profile, index): Problem[] => {
    const { memory = student.memory, memoryReserved, cpus = student.cpus } = profile;
    const { cpusReserved = 0 } = profile;
    const problems: Problem[] = [];
    const say = (key: string, value: unknown, problem: string, fix: string) =>
      problems.push({ path: ["profiles", index, key], value, problem, fix });
    if (memoryReserved !== undefined && memoryReserved > memory) {
      const fix = "write a size that is not larger than the profile's memory";
      const problem = `is more than the limit, ${formatSize(memory)}`;
      say("memoryReserved", formatSize(memoryReserved), problem, fix);
    }
    if (
      memoryReserved !== undefined &&
      memoryReserved > 0 &&
      memoryReserved < smallestReservation
    ) {
      const problem = `is less than the Docker engine can reserve, ${formatSize(smallestReservation)}`;
      const fix = `write ${formatSize(smallestReservation)} or more, or 0M to keep nothing free`;
      say("memoryReserved", formatSize(memoryReserved), problem, fix);
    }
    if (cpusReserved > cpus) {
      const fix = "write a number that is not larger than the profile's cpus";
      say("cpusReserved", cpusReserved, `is more than the limit, ${cpus}`, fix);
    }
    if (platform === "local" && memory > hostFacts.memoryBytes) {
      const problem = `is more than this computer has: ${formatSize(hostFacts.memoryBytes)}`;
      const fix = `write a smaller size, for example ${formatSize(hostFacts.memoryBytes / 8)}`;
      say("memory", formatSize(memory), problem, fix);
    }
    if (platform === "local" && cpus > hostFacts.cpus) {
      const problem = `is more than this computer has: ${hostFacts.cpus}`;
      say("cpus", cpus, problem, `write a number up to ${hostFacts.cpus}`);
    }
    return problems;
  });
}

type Roster = NonNullable<Checked["roster"]>;

/** The roster's groups, with those that the hub makes. */
function groupsOf({ students, staff, groups }: Roster): ReadonlyMap<string, readonly string[]> {
  return new Map([["graders", staff], ...Object.entries(groups), ["students", students], ["staff", staff]]); // prettier-ignore
}

/** A workshop's guests are in no group. */
function guests({ login }: Checked, profiles: Profiles): Problem[] {
  if (login?.method !== "workshop") return [];
  if (profiles.some(({ groups }) => groups === undefined)) return [];
  return [
    {
      path: ["profiles"],
      problem:
        "are all for groups, and a workshop's guests are in none: they could start no server",
      fix: "leave groups out of one of them",
    },
  ];
}

/** Who is left out is said where all groups are known. */
function people(profiles: Profiles, roster: Roster): Problem[] {
  const unknown = unknownGroups(profiles, roster);
  return unknown.length > 0 ? unknown : leftOut(profiles, roster);
}

function unknownGroups(profiles: Profiles, roster: Roster): Problem[] {
  const known = [...groupsOf(roster).keys()];
  return profiles.flatMap(({ groups = [] }, index) =>
    groups.flatMap((group, at): Problem[] => {
      if (known.includes(group)) return [];
      const near = nearest(group, known);
      return [
        {
          path: ["profiles", index, "groups", at],
          value: group,
          problem: "is no group of the roster",
          fix: near === undefined ? `write one of ${known.join(", ")}` : `did you mean ${near}?`,
        },
      ];
    }),
  );
}

/** Everybody of the course must be able to start a server. */
function leftOut(profiles: Profiles, roster: Roster): Problem[] {
  if (profiles.some(({ groups }) => groups === undefined)) return [];
  const known = groupsOf(roster);
  const served = new Set(
    profiles.flatMap(({ groups = [] }) => groups.flatMap((group) => known.get(group) ?? [])),
  );
  const left = [...roster.students, ...roster.staff].filter((name) => !served.has(name));
  if (left.length === 0) return [];
  const more = left.length > quoted ? ` and ${left.length - quoted} more` : "";
  return [
    {
      path: ["profiles"],
      value: left.slice(0, quoted).join(", ") + more,
      problem: "may have none of the profiles, and could start no server",
      fix: "leave groups out of one of them, or add the groups students and staff",
    },
  ];
}
