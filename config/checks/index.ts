/**
 * What must hold between several keys. Each rule is a small function on the sections that were
 * well written; a rule whose sections were not is left out, so that one message says everything.
 */
import type { Problem } from "../problems";
import { checkAlerts } from "./alerts";
import { checkBackup } from "./backup";
import { checkCertificate } from "./certificate";
import { checkDatabase } from "./database";
import { checkGpus } from "./gpus";
import { checkEnvironment } from "./environment";
import { checkGoogleNames, checkWorkshop } from "./login";
import { checkMachines } from "./machines";
import { checkMonitoring } from "./monitoring";
import { checkAllowed, checkNetworks } from "./networks";
import { checkProfiles } from "./profiles";
import type { Checked, Rule } from "./rule";
import { checkSeveral } from "./several";
import { impossibleName } from "../schema/names";
import { formatSize } from "../values";

const stackName: Rule = ({ stack }) =>
  /^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(stack)
    ? []
    : [
        {
          path: [],
          value: stack,
          problem: "cannot be part of the names of Docker objects",
          fix:
            "name the stack with at most 20 small letters, digits and dashes: " +
            "pulumi stack rename ds101-autumn",
        },
      ];

const semester: Rule = ({ course }) =>
  course?.starts !== undefined && course.ends !== undefined && course.ends < course.starts
    ? [
        {
          path: ["course", "ends"],
          value: course.ends,
          problem: `is before the first day, ${course.starts}`,
          fix: "write a day after course.starts",
        },
      ]
    : [];

const loginMethod: Rule = ({ login, platform }) =>
  login?.method === "dummy" && platform !== undefined && platform !== "local"
    ? [
        {
          path: ["login", "method"],
          value: "dummy",
          problem: `one password for everybody is not for the platform ${platform}`,
          fix: "choose native, google, github, cilogon, globus, oidc, lti, lti13 or workshop",
        },
      ]
    : [];

const somebody: Rule = ({ roster }) =>
  roster?.students.length === 0 && roster.staff.length === 0
    ? [
        {
          path: ["roster"],
          problem: "has nobody in it: nobody could log in",
          fix: 'add people to roster.students and roster.staff, or name a roster.file, for example "roster.csv"',
        },
      ]
    : [];

const names: Rule = ({ roster, login }) => {
  if (!roster || !login) return [];
  return [...roster.students, ...roster.staff].flatMap((name): Problem[] => {
    const problem = impossibleName(login.method, name);
    if (problem === undefined) return [];
    const fix = "write the name that the person logs in with, or take it out of the roster";
    return [{ path: ["roster"], value: name, problem, fix }];
  });
};

/** They see everybody's work, and their servers have the course folder. */
const graders: Rule = ({ roster }) =>
  (roster?.groups["graders"] ?? [])
    .filter((name) => roster?.staff.includes(name) !== true)
    .map((name) => ({
      path: ["roster"],
      value: name,
      problem: "is in the group graders and is not staff: graders see everybody's work",
      fix: "give the person the role staff, or take them out of the group graders",
    }));

/** Ports that the Swarm and the Docker engine have for themselves. */
const swarmPorts = new Map([
  [2375, "the Docker engine"],
  [2376, "the Docker engine"],
  [2377, "the Swarm"],
  [4789, "the Swarm's overlay networks"],
  [7946, "the Swarm"],
]);

const ports: Rule = ({ proxy }) => {
  if (!proxy) return [];
  const taken = (["port", "httpPort"] as const).flatMap((key): Problem[] => {
    const port = proxy[key];
    const owner = port === undefined ? undefined : swarmPorts.get(port);
    if (owner === undefined) return [];
    const fix = "choose another port, for example 8443";
    return [{ path: ["proxy", key], value: port, problem: `belongs to ${owner}`, fix }];
  });
  const clash = proxy.httpPort !== undefined && proxy.httpPort === proxy.port;
  return clash
    ? [
        ...taken,
        {
          path: ["proxy", "httpPort"],
          value: proxy.httpPort,
          problem: "is the same as proxy.port",
          fix: "choose another port, for example 8080, or leave httpPort out",
        },
      ]
    : taken;
};

/** The engine refuses to reserve less, unless it is nothing. */
const smallestReservation = 4 * 2 ** 20;

const limits: Rule = ({ student, hostFacts, platform }) => {
  if (!student) return [];
  const problems: Problem[] = [];
  const { memory, memoryReserved, cpus, cpusReserved, homeQuota } = student;
  if (memoryReserved !== undefined && memoryReserved > memory) {
    problems.push({
      path: ["student", "memoryReserved"],
      value: formatSize(memoryReserved),
      problem: `is more than the limit, student.memory: ${formatSize(memory)}`,
      fix: "write a size that is not larger than student.memory",
    });
  }
  if (memoryReserved !== undefined && memoryReserved > 0 && memoryReserved < smallestReservation) {
    problems.push({
      path: ["student", "memoryReserved"],
      value: formatSize(memoryReserved),
      problem: `is less than the Docker engine can reserve, ${formatSize(smallestReservation)}`,
      fix: `write ${formatSize(smallestReservation)} or more, or 0M to keep nothing free`,
    });
  }
  if (cpusReserved > cpus) {
    problems.push({
      path: ["student", "cpusReserved"],
      value: cpusReserved,
      problem: `is more than the limit, student.cpus: ${cpus}`,
      fix: "write a number that is not larger than student.cpus",
    });
  }
  if (platform === "local" && memory > hostFacts.memoryBytes) {
    problems.push({
      path: ["student", "memory"],
      value: formatSize(memory),
      problem: `is more than this computer has: ${formatSize(hostFacts.memoryBytes)}`,
      fix: `write a smaller size, for example ${formatSize(hostFacts.memoryBytes / 8)}`,
    });
  }
  if (platform === "local" && cpus > hostFacts.cpus) {
    problems.push({
      path: ["student", "cpus"],
      value: cpus,
      problem: `is more than this computer has: ${hostFacts.cpus}`,
      fix: `write a number up to ${hostFacts.cpus}`,
    });
  }
  if (homeQuota !== undefined && homeQuota < hostFacts.skeletonBytes) {
    problems.push({
      path: ["student", "homeQuota"],
      value: formatSize(homeQuota),
      problem: `a new home holds ${formatSize(hostFacts.skeletonBytes)} already: its skeleton would not fit`,
      fix: "write a larger size, for example 1G, or make images/homes/skel smaller",
    });
  }
  return problems;
};

const culling: Rule = ({ cull }) => {
  if (!cull) return [];
  return (["kernelIdleMinutes", "everyMinutes"] as const).flatMap((key) => {
    const minutes = cull[key];
    if (minutes === undefined || minutes <= cull.idleMinutes) return [];
    return [
      {
        path: ["cull", key],
        value: minutes,
        problem: `is more than cull.idleMinutes: ${cull.idleMinutes}`,
        fix: `write ${cull.idleMinutes} or less`,
      },
    ];
  });
};

/** Folders that belong to the system, or are emptied by it. */
const systemFolders =
  /^\/($|(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|tmp|usr)(\/|$)|(home|mnt|opt|srv|var|media)$|var\/(lib|run|tmp|log|cache)$|var\/lib\/docker(\/|$)|var\/(run|tmp)\/)/;

const storagePath: Rule = ({ storage }) =>
  storage?.path !== undefined && systemFolders.test(storage.path)
    ? [
        {
          path: ["storage", "path"],
          value: storage.path,
          problem: "belongs to the system",
          fix: "choose a folder of its own, for example /var/lib/semesterhub/dev",
        },
      ]
    : [];

/** Every rule, in the order in which their problems are listed. */
const rules: readonly Rule[] = [
  stackName,
  semester,
  somebody,
  names,
  graders,
  loginMethod,
  checkGoogleNames,
  checkWorkshop,
  checkCertificate,
  ports,
  limits,
  culling,
  storagePath,
  checkNetworks,
  checkAllowed,
  checkMachines,
  checkBackup,
  checkEnvironment,
  checkProfiles,
  checkGpus,
  checkAlerts,
  checkMonitoring,
  checkDatabase,
  checkSeveral,
];

/** What is wrong between the sections. */
export function check(checked: Checked): Problem[] {
  return rules.flatMap((rule) => rule(checked));
}
