import type { SemesterConfig } from "../../config";
import { inContainers } from "../../config/ports";

/** Where the hub finds the rest of the stack, beside what the configuration says. */
export interface HubSurroundings {
  readonly stack: string;
  readonly publicUrl: string;
  readonly courseNetwork: string;
  readonly servicePrefix: string;
  readonly notebookImage: string;
  /** Of each profile, by its slug. */
  readonly profileImages: Readonly<Record<string, string>>;
  /** The storage tree on the machines. */
  readonly storagePath: string;
  /** Where the homes service is. */
  readonly homesUrl: string;
  /** Where the hub's database is, without its password. */
  readonly databaseUrl: string;
  /** Whether the hub's database is apart from the tree, which gets a copy of it. */
  readonly keepsDatabase: boolean;
  /** Swarm's constraints on the machines of students' servers; empty: any machine. */
  readonly constraints: readonly string[];
}

/**
 * The content of /etc/semesterhub/hub.json, which images/hub reads (images/hub/semesterhub/settings.py
 * describes the same from the other side). Nothing secret goes in.
 */
export function hubSettings(
  config: Pick<
    SemesterConfig,
    "course" | "face" | "proxy" | "login" | "student" | "profiles" | "spawn" | "cull" | "staff"
  >,
  around: HubSurroundings,
): string {
  const { student, spawn, cull } = config;
  const settings = {
    stack: around.stack,
    title: config.course.title,
    publicUrl: around.publicUrl,
    databaseUrl: around.databaseUrl,
    subdomains: config.proxy.subdomains,
    keepsDatabase: around.keepsDatabase,
    homesUrl: around.homesUrl,
    courseNetwork: around.courseNetwork,
    chpApiUrl: "http://chp:8001",
    hubUrl: "http://hub:8081",
    gradingUrl: `http://grading:${String(inContainers.grading)}`,
    statisticsUrl: `http://statistics:${String(inContainers.statistics)}`,
    servicePrefix: around.servicePrefix,
    firewall: true,
    notebook: { image: around.notebookImage, interface: spawn.interface },
    storage: {
      exchange: `${around.storagePath}/exchange`,
      course: `${around.storagePath}/course`,
      shared: `${around.storagePath}/shared`,
    },
    limits: {
      memoryBytes: student.memoryBytes,
      memoryReservedBytes: student.memoryReservedBytes,
      cpus: student.cpus,
      cpusReserved: student.cpusReserved,
      pids: student.pids,
      tokens: student.tokens,
      namedServers: student.namedServers,
    },
    spawn: {
      concurrent: spawn.concurrent,
      timeoutSeconds: spawn.timeoutSeconds,
      activeServers: spawn.activeServers,
    },
    cull: {
      idleMinutes: cull.idleMinutes,
      kernelIdleMinutes: cull.kernelIdleMinutes,
      busyMinutes: cull.busyMinutes,
      maxAgeHours: cull.maxAgeHours,
      everyMinutes: cull.everyMinutes,
    },
    face: publicFace(config.face),
    login: publicLogin(config.login),
    staffMayEnterServers: config.staff.mayEnterServers,
    ...(config.course.contact === undefined ? {} : { contact: config.course.contact }),
    ...(config.profiles.length === 0
      ? {}
      : {
          profiles: config.profiles.map((profile) => ({
            slug: profile.slug,
            name: profile.name,
            image: around.profileImages[profile.slug] ?? "",
            memoryBytes: profile.memoryBytes,
            memoryReservedBytes: profile.memoryReservedBytes,
            cpus: profile.cpus,
            cpusReserved: profile.cpusReserved,
            ...(profile.gpus > 0 && { gpus: profile.gpus }),
            groups: profile.groups,
          })),
        }),
    ...(around.constraints.length === 0 ? {} : { constraints: around.constraints }),
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** How the pages look; what is absent keeps the hub's own default. */
function publicFace({ logo, templates, ...face }: SemesterConfig["face"]): object {
  return {
    ...face,
    ...(templates.length > 0 && { templates }),
    ...(logo && { logo: { type: logo.type, data: logo.base64 } }),
  };
}

/** The login method with what may be read by anybody; its secrets travel as a Swarm secret. */
function publicLogin(login: SemesterConfig["login"]): object {
  switch (login.method) {
    case "dummy":
    case "native":
      return { method: login.method };
    case "lti":
      return { method: login.method, usernameClaim: login.usernameField };
    case "workshop":
      return { method: login.method, seats: login.seats };
    case "lti13": {
      const { usernameField, ...told } = login;
      return { ...told, usernameClaim: usernameField };
    }
    case "google":
      return { method: login.method, clientId: login.clientId, hostedDomains: login.hostedDomains };
    case "github":
      return { method: login.method, clientId: login.clientId, organizations: login.organizations };
    case "cilogon":
      return {
        method: login.method,
        clientId: login.clientId,
        identityProviders: login.identityProviders,
        usernameClaim: login.usernameClaim,
      };
    case "globus":
      return {
        method: login.method,
        clientId: login.clientId,
        identityProviders: login.identityProvider === undefined ? [] : [login.identityProvider],
      };
    case "oidc": {
      const { method, clientId, issuer, providerName, usernameClaim, scopes } = login;
      const requiredClaims = Object.entries(login.requiredClaims).map(([claim, values]) => ({
        claim,
        values,
      }));
      return {
        ...{ method, clientId, issuer, usernameClaim, scopes, requiredClaims },
        ...(providerName !== undefined && { providerName }),
      };
    }
    default:
      return unreachable(login);
  }
}

function unreachable(login: never): never {
  throw new Error(`A login method without settings: ${JSON.stringify(login)}`);
}

/** The content of roster.json. */
export function rosterFile(roster: SemesterConfig["roster"]): string {
  return `${JSON.stringify(roster, null, 2)}\n`;
}
