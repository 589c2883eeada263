/** Fills in the defaults that depend on other keys: checked sections become a SemesterConfig. */
import * as pulumi from "@pulumi/pulumi";
import { completeAlerts } from "./alerts";
import { completeLogin } from "./loginDefaults";
import { completePlatform } from "./platformDefaults";
import { backupFolder, parseTarget } from "./backupTarget";
import { given } from "./given";
import { parseRequirement, parseRequirements, type EnvironmentConfig } from "./environment";
import { profileSlug, type ProfileConfig } from "./profiles";
import { readLogo } from "./logo";
import { readTemplates } from "./ownTemplates";
import { paletteOf } from "./palette";
import type { Sections } from "./schema";
import type { HostFacts } from "./hostFacts";
import type {
  BackupAccess,
  DatabaseConfig,
  FaceConfig,
  ImagesConfig,
  Roster,
  SemesterConfig,
  TlsSource,
} from "./types";

const root = "/var/lib/semesterhub";
/** Homes whose space the exchange may have, where nothing else is configured. */
const exchangeHomes = 20;

/** The folder that holds the data. */
export function storageFolder(stack: string, path?: string): string {
  return path ?? `${root}/${stack}`;
}

/** Sections that passed every check. */
export interface Valid extends Omit<Sections, "roster"> {
  readonly stack: string;
  readonly roster: Roster;
}

/** The complete configuration. */
export function complete(valid: Valid, around: HostFacts): SemesterConfig {
  const { stack, course, proxy, student, spawn, cull, grading, backup } = valid;
  const { mtu, ...networks } = valid.networks;
  const local = valid.platform === "local";
  const httpsPort = proxy.port ?? (local ? 8443 : 443);
  const httpPort = proxy.httpPort ?? (local ? undefined : 80);
  const target = backup.target ?? defaultTarget(stack, valid.platform);
  const folder = backupFolder(target);
  const access = backupAccess(target, backup, around);
  return {
    stack,
    platform: completePlatform(valid, around),
    course: {
      title: course.title,
      ...(course.contact !== undefined && { contact: course.contact }),
      ...(course.starts !== undefined && { starts: course.starts }),
      ...(course.ends !== undefined && { ends: course.ends }),
      timezone: course.timezone,
    },
    face: face(valid.face, around),
    proxy: {
      ...(proxy.domain !== undefined && { domain: proxy.domain }),
      port: httpsPort,
      publicPort: proxy.publicPort ?? httpsPort,
      ...(httpPort !== undefined && { httpPort }),
      subdomains: proxy.subdomains,
      uploadMegabytes: Math.floor(proxy.uploadLimit / 2 ** 20),
      tls: tls(proxy.tls, around),
    },
    login: completeLogin(valid.login),
    roster: valid.roster,
    student: {
      memoryBytes: student.memory,
      memoryReservedBytes: reservation(student),
      cpus: student.cpus,
      cpusReserved: student.cpusReserved,
      pids: student.pids,
      tokens: student.tokens,
      namedServers: student.namedServers,
      connections: student.connections,
      datagramsPerSecond: student.datagramsPerSecond,
      ...(student.homeQuota !== undefined && { homeQuotaBytes: student.homeQuota }),
    },
    spawn: { ...spawn, activeServers: spawn.activeServers ?? 0 },
    cull: {
      idleMinutes: cull.idleMinutes,
      busyMinutes: cull.busyMinutes,
      kernelIdleMinutes: cull.kernelIdleMinutes ?? Math.min(30, cull.idleMinutes),
      maxAgeHours: cull.maxAgeHours ?? 0,
      everyMinutes: cull.everyMinutes ?? Math.min(10, cull.idleMinutes),
      drainMinutes: cull.drainMinutes,
    },
    health: { healthEverySeconds: valid.health.everySeconds },
    grading: {
      workers: grading.workers,
      memoryBytes: grading.memory ?? student.memory,
      seconds: grading.seconds,
      cellSeconds: grading.cellSeconds,
      outputBytes: grading.output,
      submissionBytes: grading.submission,
      showHiddenTests: grading.showHiddenTests,
      similarity: grading.similarity,
      trialRuns: grading.trialRuns,
    },
    statistics: valid.statistics,
    staff: valid.staff,
    storage: {
      path: storageFolder(stack, valid.storage.path),
      shared: valid.storage.shared,
      ...given({
        exchangeQuotaBytes:
          student.homeQuota && (valid.storage.exchangeQuota ?? exchangeHomes * student.homeQuota),
      }),
    },
    database: database(valid.database, around),
    backup: {
      target: folder === undefined ? target : `file://${folder}`,
      ...(folder !== undefined && { folder }),
      everyMinutes: backup.everyMinutes,
      homes: valid.login.method !== "workshop",
      ...(access && { access }),
      keepDays: backup.keepDays,
      keepWeeks: backup.keepWeeks,
    },
    networks: {
      ...networks,
      ...(mtu !== undefined && { mtu }),
    },
    ...(valid.environment && { environment: environment(valid.environment, around) }),
    profiles: valid.profiles.map((section) => profile(section, valid.student, around)),
    ...(valid.alerts && { alerts: completeAlerts(valid.alerts, around) }),
    ...(valid.monitoring.prometheus && { monitoring: valid.monitoring }),
    ...(valid.images && { images: images(valid.images, around) }),
  };
}

function database(section: Sections["database"], around: HostFacts): DatabaseConfig {
  const { kind, hub, gradebook, certificateAuthority } = section;
  if (hub === undefined || gradebook === undefined) return { kind };
  const place = ({ url, password }: typeof hub) => {
    const { host, port, user, database: name } = url;
    return { host, port, user, database: name, password: pulumi.secret(password) };
  };
  return {
    kind,
    campus: {
      hub: place(hub),
      gradebook: place(gradebook),
      ...(certificateAuthority !== undefined && {
        certificateAuthority: around.read(certificateAuthority),
      }),
    },
  };
}

function profile(
  section: Sections["profiles"][number],
  student: Sections["student"],
  around: HostFacts,
): ProfileConfig {
  const { name, memory = student.memory, groups = [] } = section;
  const usual = reservation(student);
  const share = Math.floor((usual * memory) / student.memory / 2 ** 20) * 2 ** 20;
  return {
    ...{ name, slug: profileSlug(name), groups },
    ...(section.environment && { environment: environment(section.environment, around) }),
    memoryBytes: memory,
    memoryReservedBytes: section.memoryReserved ?? Math.max(share, Math.min(usual, memory)),
    cpus: section.cpus ?? student.cpus,
    gpus: section.gpus,
    cpusReserved: section.cpusReserved ?? Math.min(student.cpusReserved, section.cpus ?? Infinity),
  };
}

/** Memory that is kept free for a server. */
function reservation({ memory, memoryReserved }: Sections["student"]): number {
  return memoryReserved ?? Math.min(256 * 2 ** 20, memory);
}

function environment(
  section: NonNullable<Sections["environment"]>,
  around: HostFacts,
): EnvironmentConfig {
  const { image, requirements, packages, kernels, extensions, files } = section;
  if (image !== undefined) return { kind: "image", image };
  const lines = requirements === undefined ? "" : around.read(requirements);
  return {
    kind: "lists",
    requirements: parseRequirements(lines).requirements.map(({ line }) => line),
    packages,
    kernels,
    extensions: extensions.map((text) => parseRequirement(text)?.line ?? text),
    files: Object.entries(files).flatMap(([target, source]) =>
      around.collect(source).map(({ path, ...file }) => ({
        ...file,
        target: path === "" ? target : `${target}/${path}`,
      })),
    ),
  };
}

function face(section: Sections["face"], around: HostFacts): FaceConfig {
  const { logo: file, colour, welcome = "", links, footer, templates: folder } = section;
  const logo = file === undefined ? undefined : readLogo(around.readBytes(file));
  const own = folder === undefined ? undefined : readTemplates(folder, around);
  return {
    templates: own && "templates" in own ? own.templates : [],
    ...(logo && "base64" in logo && { logo }),
    palette: paletteOf(colour),
    welcome: welcome.split(/\n\s*\n/).flatMap((paragraph) => paragraph.trim() || []),
    links,
    ...(footer !== undefined && { footer }),
  };
}

function images(section: NonNullable<Sections["images"]>, around: HostFacts): ImagesConfig {
  const { registry, username, password, certificateAuthority } = section;
  return {
    registry,
    ...(username !== undefined &&
      password !== undefined && { login: { username, password: pulumi.secret(password) } }),
    ...(certificateAuthority !== undefined && {
      certificateAuthority: around.read(certificateAuthority),
    }),
  };
}

function defaultTarget(stack: string, platform: Sections["platform"]): string {
  return platform === "local"
    ? `file://${root}/${stack}-backups`
    : `swift://semesterhub-${stack}-backups`;
}

/** How a target is opened that is neither a folder nor the cloud's own. */
function backupAccess(
  target: string,
  { s3, sftp }: Sections["backup"],
  around: HostFacts,
): BackupAccess | undefined {
  const place = parseTarget(target);
  if (place?.kind === "s3" && s3) {
    const { secretAccessKey, ...rest } = s3;
    return { ...place, ...given(rest), secretAccessKey: pulumi.secret(secretAccessKey) };
  }
  if (place?.kind === "sftp" && sftp) {
    const privateKey = pulumi.secret(around.read(sftp.keyFile));
    return { ...place, privateKey, hostKeys: sftp.hostKeys };
  }
  return undefined;
}

function tls(section: Sections["proxy"]["tls"], around: HostFacts): TlsSource {
  switch (section.source) {
    case "stack":
      return section;
    case "files":
      return {
        source: "files",
        certificate: around.read(section.certificate),
        key: pulumi.secret(around.read(section.key)),
      };
    case "acme": {
      const { source, email, directory, eab, dns, certificateAuthority } = section;
      return {
        ...{ source, email, directory },
        ...(eab && { eab: { keyId: eab.keyId, key: pulumi.secret(eab.key) } }),
        ...(dns && {
          dns: {
            script: around.read(dns.script),
            ...(dns.credentials !== undefined && { credentials: pulumi.secret(dns.credentials) }),
          },
        }),
        ...(certificateAuthority !== undefined && {
          certificateAuthority: around.read(certificateAuthority),
        }),
      };
    }
  }
}
