/** What the program knows about one semester, read once by config/index.ts and never changed. */
import type { Output } from "@pulumi/pulumi";
import type { DatabasePlace } from "./databaseUrl";
import type { EnvironmentConfig } from "./environment";
import type { ProfileConfig } from "./profiles";
import type { AlertsConfig } from "./alerts";
import type { Login } from "./loginTypes";
import type { Platform } from "./machineTypes";
import type { Logo } from "./logo";
import type { OwnTemplate } from "./ownTemplates";
import type { Palette } from "./palette";
import type { RegistryPlace, Subnet, TcpService } from "./values";

export type * from "./loginTypes";
export type * from "./machineTypes";
export type { ProfileConfig } from "./profiles";
export type { EnvironmentConfig, EnvironmentLists, PlacedFile } from "./environment";

/** A semester's complete configuration: every default filled in, sizes in bytes. */
export interface SemesterConfig {
  /** The stack's name; every Docker object is called semesterhub-<stack>-THING. */
  readonly stack: string;
  readonly platform: Platform;
  readonly course: Course;
  readonly face: FaceConfig;
  readonly proxy: ProxyConfig;
  readonly login: Login;
  readonly roster: Roster;
  readonly student: StudentLimits;
  readonly spawn: SpawnConfig;
  readonly cull: CullConfig;
  readonly health: HealthConfig;
  readonly grading: GradingConfig;
  readonly statistics: StatisticsConfig;
  readonly staff: StaffConfig;
  readonly storage: StorageConfig;
  readonly database: DatabaseConfig;
  readonly backup: BackupConfig;
  readonly networks: NetworksConfig;
  /** Absent: students' servers have the notebook image as it is. */
  readonly environment?: EnvironmentConfig;
  /** Kinds of servers; none: all are alike. */
  readonly profiles: readonly ProfileConfig[];
  /** Absent: nobody is told when something is wrong. */
  readonly alerts?: AlertsConfig;
  /** Absent: there is no Prometheus. */
  readonly monitoring?: MonitoringConfig;
  /** Absent: images are built on the hub's machine. */
  readonly images?: ImagesConfig;
}

export interface Course {
  readonly title: string;
  /** Whom people ask for help; absent: the course's staff. */
  readonly contact?: string;
  /** First and last day, "2026-09-01". */
  readonly starts?: string;
  readonly ends?: string;
  /** A name of the tz database, "Europe/Berlin". */
  readonly timezone: string;
}

/** How the course's pages look. All of it is text for people, never HTML. */
export interface FaceConfig {
  readonly logo?: Logo;
  readonly palette: Palette;
  /** Paragraphs on the sign-in page. */
  readonly welcome: readonly string[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly footer?: string;
  /** In the place of the hub's own; empty: none. */
  readonly templates: readonly OwnTemplate[];
}

export interface ProxyConfig {
  /** The name that browsers ask for; absent: localhost on local, else the machine's address. */
  readonly domain?: string;
  /** Where HTTPS answers. */
  readonly port: number;
  /** Where it answers as browsers see it. */
  readonly publicPort: number;
  /** Where plain HTTP is redirected from; absent: nowhere. */
  readonly httpPort?: number;
  /** Whether each person's server has a name below the domain. */
  readonly subdomains: boolean;
  /** Largest request to a person's server, in MiB. */
  readonly uploadMegabytes: number;
  readonly tls: TlsSource;
}

export type TlsSource =
  /** A certificate of the stack's own authority. */
  | { readonly source: "stack" }
  /** PEM files of the operator: the chain, and its key as a secret. */
  | { readonly source: "files"; readonly certificate: string; readonly key: Output<string> }
  | ({ readonly source: "acme" } & AcmeSource);

/** An authority that gives certificates by ACME. */
export interface AcmeSource {
  readonly email: string;
  /** The URL of its directory. */
  readonly directory: string;
  /** The account that it knows already; absent: it takes everybody. */
  readonly eab?: { readonly keyId: string; readonly key: Output<string> };
  /** The script that puts a record into the zone, and what it needs; absent: proved at port 80. */
  readonly dns?: { readonly script: string; readonly credentials?: Output<string> };
  /** PEM of who signed the directory's own certificate; absent: a public authority. */
  readonly certificateAuthority?: string;
}

/** Who may log in. Names are in lower case, as JupyterHub compares them, and sorted. */
export interface Roster {
  readonly students: readonly string[];
  readonly staff: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Groups whose members share a folder. */
  readonly folders: readonly string[];
}

/** What one person's server may use. */
export interface StudentLimits {
  readonly memoryBytes: number;
  readonly memoryReservedBytes: number;
  readonly cpus: number;
  readonly cpusReserved: number;
  readonly pids: number;
  /** API tokens of one person at the hub. */
  readonly tokens: number;
  /** Servers of one person beside the usual one. */
  readonly namedServers: number;
  /** Open at once to others; a twentieth of them a second. */
  readonly connections: number;
  /** Packets other than TCP's. */
  readonly datagramsPerSecond: number;
  /** Absent: homes have no quota. */
  readonly homeQuotaBytes?: number;
}

/** How assignments are handed in and graded. */
export interface GradingConfig {
  /** How many submissions are autograded at once. */
  readonly workers: number;
  /** What one of them may use. */
  readonly memoryBytes: number;
  readonly seconds: number;
  readonly cellSeconds: number;
  readonly outputBytes: number;
  /** The largest that is taken. */
  readonly submissionBytes: number;
  readonly showHiddenTests: boolean;
  /** Whether graders may compare submissions. */
  readonly similarity: boolean;
  /** Whether each submission is run when it is handed in. */
  readonly trialRuns: boolean;
}

export interface StatisticsConfig {
  readonly names: "names" | "pseudonyms";
  readonly keepNamesDays: number;
}

/** What Prometheus keeps. */
export interface MonitoringConfig {
  readonly keepDays: number;
  readonly keepGigabytes: number;
}

export interface SpawnConfig {
  readonly concurrent: number;
  readonly timeoutSeconds: number;
  /** 0: no limit. */
  readonly activeServers: number;
  readonly interface: "lab" | "notebook";
}

export interface CullConfig {
  readonly idleMinutes: number;
  readonly kernelIdleMinutes: number;
  /** How long a running cell is activity; 0: it is none. */
  readonly busyMinutes: number;
  /** 0: servers may run for ever. */
  readonly maxAgeHours: number;
  readonly everyMinutes: number;
  /** How long servers on a node that is taken away may go on running. */
  readonly drainMinutes: number;
}

export interface HealthConfig {
  readonly healthEverySeconds: number;
}

export interface StaffConfig {
  readonly mayEnterServers: boolean;
}

export interface StorageConfig {
  /** Absolute path on the machine that keeps the data, without a slash at the end. */
  readonly path: string;
  /** Has every machine this path already, from a file system of the campus? */
  readonly shared: boolean;
  /** Absent: the exchange has no quota. */
  readonly exchangeQuotaBytes?: number;
}

/** What keeps the hub's own data and the gradebook. */
export interface DatabaseConfig {
  readonly kind: "sqlite" | "postgres";
  /** A server of the campus's. Absent: none, or one of the course's own. */
  readonly campus?: CampusDatabases;
}

/** Databases on a server of the campus's, each of a role of its own. */
export interface CampusDatabases {
  readonly hub: CampusDatabase;
  readonly gradebook: CampusDatabase;
  /** PEM; absent: the server's certificate is of a public authority. */
  readonly certificateAuthority?: string;
}

export interface CampusDatabase extends DatabasePlace {
  readonly password: Output<string>;
}

export interface BackupConfig {
  /** A URL: file, swift, s3 or sftp. */
  readonly target: string;
  /** The folder of a file:// target; absent for every other kind. */
  readonly folder?: string;
  /** Whether homes are in it; a workshop's are thrown away. */
  readonly homes: boolean;
  /** What opens an s3:// or sftp:// target; absent for every other kind. */
  readonly access?: BackupAccess;
  readonly everyMinutes: number;
  readonly keepDays: number;
  readonly keepWeeks: number;
}

export type BackupAccess =
  | {
      readonly kind: "s3";
      /** Host, and port if it isn't 443. */
      readonly server: string;
      readonly region?: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: Output<string>;
    }
  | {
      readonly kind: "sftp";
      readonly user: string;
      readonly host: string;
      readonly port?: string;
      readonly privateKey: Output<string>;
      /** As in known_hosts, without the host: "ssh-ed25519 AAAA…". */
      readonly hostKeys: readonly string[];
    };

/** A registry that has the course's images. */
export interface ImagesConfig {
  readonly registry: RegistryPlace;
  /** Absent: the registry asks nobody. */
  readonly login?: { readonly username: string; readonly password: Output<string> };
  /** PEM; absent: the registry's certificate is of an authority that machines trust anyway. */
  readonly certificateAuthority?: string;
}

export interface NetworksConfig {
  readonly course: Subnet;
  readonly control: Subnet;
  /** What students' servers may use on private addresses. */
  readonly allow: readonly TcpService[];
  /** What they must not reach beside private addresses. */
  readonly block: readonly Subnet[];
  /** Do the networks encrypt what goes from one machine to another? */
  readonly encrypted: boolean;
  /** Largest packet of the network between the machines; absent: 1500. */
  readonly mtu?: number;
  /** Of Docker's bridges on each machine; the platform local leaves its engine as it is. */
  readonly bridges: Subnet;
}
